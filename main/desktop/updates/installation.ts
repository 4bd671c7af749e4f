// How this copy of the program came onto the machine, which decides what may replace it.

/** `by-hand`: what a package manager or a person put there is theirs to replace; the program only tells, and never asks for the rights of an administrator. */
export type Installation = 'app-image' | 'windows-installer' | 'mac-app' | 'by-hand';

/**
 * @param platform as `process.platform`
 * @param appImage `APPIMAGE` of the environment, which the runtime of an AppImage sets
 * @param hasUninstaller whether the Windows installer left its counterpart beside the program; a copy from the zip has none
 */
export function installationOf(platform: string, appImage: string | undefined, hasUninstaller: boolean): Installation {
  if (platform === 'darwin') return 'mac-app';
  if (platform === 'win32') return hasUninstaller ? 'windows-installer' : 'by-hand';
  return platform === 'linux' && appImage?.startsWith('/') ? 'app-image' : 'by-hand';
}

/** The description for this system, named as electron-builder does. @param arch as `process.arch` */
export function metadataName(platform: string, arch: string): string {
  if (platform === 'darwin') return 'latest-mac.yml';
  if (platform === 'win32') return 'latest.yml';
  return arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`;
}
