// What the command line may use of the headless host.
export type { CommonValues } from './common-options.ts';
export { commonHelp, commonOptions, coreOptions, UsageError } from './common-options.ts';
export { serveCommand } from './serve-command.ts';
export { canTrash, moveToTrash } from './trash.ts';
export { userDataFolder } from '../core/user-folders.ts';
export { productVersion } from './version.ts';
