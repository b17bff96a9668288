// Runs before npm installs anything, on whatever Node the machine has. npm would warn of every package that needs a newer one;
// .npmrc keeps it from that, since it is this one that they run on: npm installs it beside them.
const NEEDED_MAJOR = 24;

// What npm itself runs on: `node` may be the one of an earlier installation.
const { npm_config_user_agent: userAgent = '' } = process.env;
const [, version = process.version] = /\bnode\/(v\S+)/.exec(userAgent) ?? [];

if (Number.parseInt(version.slice(1), 10) < NEEDED_MAJOR) {
  console.warn(
    `regfleet needs Node ${NEEDED_MAJOR} and this is ${version}: npm installs a Node ${NEEDED_MAJOR} into node_modules, which npx and the npm scripts of this folder take; anything else needs one of yours`,
  );
}
