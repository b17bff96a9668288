#!/bin/sh
# install-debian.sh PACKAGE...: installs Debian packages as root without starting the services in them.
# Several may run at once: one works, the others wait.
set -eu

if [ "${REGFLEET_LOCKED:-}" != yes ]; then
  REGFLEET_LOCKED=yes exec flock /run/lock/regfleet-setup sh "$0" "$@"
fi

# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt: 101 forbids to start services.
policy=/usr/sbin/policy-rc.d
mark='# made by the set-up of regfleet, for as long as it runs'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" > "$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
# Another apt-get may be at work.
wait_for_lock='-o DPkg::Lock::Timeout=300'

install() {
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $wait_for_lock "$@"
}

update() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # The timeout above does not cover the lock on the lists.
    apt-get update -qq && return
    sleep 3
  done
  return 1
}

# The lists of packages are missing in fresh containers and outdated on old ones.
install "$@" || { update && install "$@"; }
