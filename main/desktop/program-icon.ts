// The program's icon for what Linux shows of it; elsewhere the system takes it from the program itself.
import path from 'node:path';

/** A picture of 128 pixels that the build draws; null where none is needed. */
export const programIcon = (): string | null => process.platform === 'linux' ? path.join(__dirname, 'icon.png') : null;
