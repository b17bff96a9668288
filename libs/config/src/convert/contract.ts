/** Something of the file that ours has no equal for. */
export interface ConvertNote {
  /** Where it stands in the file, e.g. `sync[0].hooks`. */
  readonly path: string;
  readonly message: string;
  /** True: what it belongs to was left out, since it would choose something else without. */
  readonly isLeftOut: boolean;
}

/** A config of ours that chooses what the file of another tool chooses. */
export interface ConvertedConfig {
  /** Holds no secret: variables stand in their place, and a note says which. */
  readonly yaml: string;
  readonly notes: readonly ConvertNote[];
}

/** What `skopeo sync` is told by its command line. */
export interface SkopeoOptions {
  /** A registry, or one with a path below which the images go. */
  readonly to: string;
  /** As `--scoped`: below the whole name of the source. */
  readonly isScoped: boolean;
  /** As `--all`: every platform. */
  readonly allPlatforms: boolean;
}
