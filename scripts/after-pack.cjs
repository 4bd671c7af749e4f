// Takes out of a packed folder what belongs to a bare runtime: electron-builder does so only when it unpacked the runtime itself.
const { rmSync } = require('node:fs');
const path = require('node:path');

/** @param {import('electron-builder').AfterPackContext} context */
module.exports = function afterPack({ appOutDir, electronPlatformName, packager }) {
  const isMac = electronPlatformName === 'darwin';
  const resources = isMac ? path.join(appOutDir, `${packager.appInfo.productFilename}.app/Contents/Resources`) : path.join(appOutDir, 'resources');
  for (const file of [path.join(resources, 'default_app.asar'), path.join(appOutDir, 'version'), path.join(appOutDir, '.stamp')]) rmSync(file, { force: true });
};
