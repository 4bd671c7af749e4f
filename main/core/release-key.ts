// The public key that new versions of the program are signed with, compiled in: nothing at run time names another one.

/**
 * A minisign public key (the second line of a `.pub` file).
 *
 * PLACEHOLDER FOR DEVELOPMENT: its secret was thrown away, so that no update verifies with it. Put the key of the release engineer here before
 * the first release (docs/releasing.md).
 */
export const releaseKey = 'RWRHnCYMA9qM7q4DAR8n99V1yJFIIrcR7K1Tc1Mo+JSrRQj2uZLbvNLv';
