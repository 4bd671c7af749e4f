// The public keys that new versions of the program are signed with, compiled in: nothing at run time names another one.

/**
 * Minisign public keys (the second line of a `.pub` file): one, or two while one follows the other (docs/releasing.md).
 *
 * PLACEHOLDER FOR DEVELOPMENT: its secret was thrown away, so that no update verifies with it. Put the key of the release engineer here before
 * the first release.
 */
export const releaseKeys: readonly string[] = ['RWRHnCYMA9qM7q4DAR8n99V1yJFIIrcR7K1Tc1Mo+JSrRQj2uZLbvNLv'];
