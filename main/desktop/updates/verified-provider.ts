// What electron-updater is given in place of a server to ask: the description that was verified, and nothing that was fetched a second time.
import type { ResolvedUpdateFileInfo, UpdateInfo } from 'electron-updater';
import type { VerifiedUpdate } from '../../../contract/index.ts';

/** In the words of electron-updater. */
export function updateInfo({ version, files, releasedAt }: VerifiedUpdate): UpdateInfo {
  const [first] = files;
  return { version, files: files.map((file) => ({ ...file })), path: first!.url, sha512: first!.sha512, releaseDate: new Date(releasedAt).toISOString() };
}

/**
 * A class for `setFeedURL({ provider: 'custom', updateProvider })`. It asks nobody; the header that tells installations apart, which electron-updater
 * wants every request to carry, ends here.
 */
export function verifiedProvider(update: VerifiedUpdate, feed: URL): new () => object {
  return class {
    readonly isUseMultipleRangeRequest = false;
    readonly fileExtraDownloadHeaders = {};
    setRequestHeaders(): void {}
    async getLatestVersion(): Promise<UpdateInfo> {
      return updateInfo(update);
    }
    resolveFiles({ files }: UpdateInfo): ResolvedUpdateFileInfo[] {
      return files.map((info) => ({ url: new URL(encodeURIComponent(info.url), feed), info }));
    }
    getBlockMapFiles(): never {
      throw new Error('Only whole packages are fetched.');
    }
  };
}
