#!/bin/sh
# Installs a Debian package into a copy of this system that nobody else sees, starts it as an ordinary person does, and removes it again.
# Usage, in mount and process namespaces of its own: installed-system.sh DEB LAYER LINK. LAYER: an empty folder for what changes.
set -eu
deb=$1 layer=$2 link=$3
if [ "${4:-}" != inside ]; then
  mkdir "$layer/changes" "$layer/work" "$layer/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/changes,workdir=$layer/work" "$layer/root" || { echo "lacking: overlay mounts"; exit 0; }
  for folder in dev sys; do mount --rbind "/$folder" "$layer/root/$folder"; done
  mount -t proc proc "$layer/root/proc"
  mount -t tmpfs tmpfs "$layer/root/tmp"
  cp "$deb" "$layer/root/tmp/flashswarm.deb"
  cp "$0" "$layer/root/tmp/script"
  exec env TMPDIR=/tmp chroot "$layer/root" /bin/sh /tmp/script /tmp/flashswarm.deb - "$link" inside
fi
owned() { ls -d /usr/bin/flashswarm /etc/alternatives/flashswarm /opt/Flashswarm /var/lib/dpkg/info/flashswarm* /var/lib/dpkg/alternatives/flashswarm /etc/apparmor.d/flashswarm /usr/share/doc/flashswarm \
  $(find /usr/share/applications /usr/share/icons /usr/share/mime /usr/share/doc -iname '*flashswarm*') 2>/dev/null || true; grep -l flashswarm /usr/share/applications/mimeinfo.cache /usr/share/mime/mime.cache 2>/dev/null || true; }

echo "before: $(owned | wc -l)"
# What it depends on is the business of apt; here it is enough that the scripts run.
dpkg --force-depends --force-unsafe-io -i "$deb" 2>&1 && echo "installed: yes"
dpkg -V flashswarm && echo "as packed: yes"
echo "status: $(dpkg-query -W -f '${db:Status-Status}' flashswarm)"
echo "owned: $(owned | wc -l)"
echo "command: $(readlink -f /usr/bin/flashswarm)"
for kind in x-scheme-handler/magnet x-scheme-handler/flashswarm application/x-bittorrent application/x-flashswarm-evpack; do
  echo "opens $kind: $(XDG_CURRENT_DESKTOP= HOME=/tmp/none xdg-mime query default $kind)"
done
dpkg --force-depends --force-unsafe-io -i "$deb" > /dev/null 2>&1 && echo "installed again: yes"

# As somebody who is not root, with Chromium's own sandbox.
mkdir /tmp/fan && chown 65534:65534 /tmp/fan
Xvfb -displayfd 1 -screen 0 1200x800x24 -nolisten tcp > /tmp/display 2> /dev/null &
display=$!
for _ in $(seq 100); do [ -s /tmp/display ] && break; sleep 0.1; done
cd /tmp/fan
env -i PATH=/usr/bin:/bin HOME=/tmp/fan DISPLAY=":$(cat /tmp/display)" LANG=C.UTF-8 BROWSER=false setpriv --reuid 65534 --regid 65534 --clear-groups --reset-env \
  env HOME=/tmp/fan DISPLAY=":$(cat /tmp/display)" BROWSER=false xdg-open "$link" > /tmp/said 2>&1 &
opener=$!
page() { for entry in /proc/[0-9]*; do tr '\0' ' ' < "$entry/cmdline" 2> /dev/null | grep -q '^/opt/Flashswarm/flashswarm --type=renderer' && basename "$entry"; done; true; }
for _ in $(seq 300); do [ -n "$(page)" ] && break; sleep 0.1; done
shown=$(page | head -n 1)
[ -n "$shown" ] || { echo "no page"; cat /tmp/said; exit 1; }
echo "page of user: $(awk '/^Uid:/ { print $2 }' "/proc/$shown/status"), filtered: $(awk '/^Seccomp:/ { print $2 }' "/proc/$shown/status"), namespaces: $(awk '/^NSpid:/ { print NF - 1 }' "/proc/$shown/status")"
main=$(for entry in /proc/[0-9]*; do tr '\0' ' ' < "$entry/cmdline" 2> /dev/null | grep -q '^/opt/Flashswarm/flashswarm magnet:' && basename "$entry"; done | head -n 1)
echo "opened: $(tr '\0' '\n' < "/proc/$main/cmdline" | tail -n +2 | head -n 1)"
for _ in $(seq 300); do [ -n "$(ls /tmp/fan/.local/share/flashswarm 2> /dev/null)" ] && break; sleep 0.1; done
echo "library: $([ -d /tmp/fan/.local/share/flashswarm ] && echo yes)"
kill -TERM "$main"
wait "$opener" && echo "ended: yes"
kill "$display"

dpkg -r flashswarm 2>&1 && echo "removed: yes"
dpkg -P flashswarm > /dev/null 2>&1 || true
echo "left: $(owned | tr '\n' ' ')"
echo "the library stays: $([ -d /tmp/fan/.local/share/flashswarm ] && echo yes)"
