// What trusting a publisher is made of: the verdict on a package, and what is known of a publisher's key.

/** Whether a package whose signature holds may be used. Messages are sentences for people. */
export type Verdict =
  | { kind: 'trusted'; /** Epoch ms. */ since: number; /** The key came from a `.pub` file. */ installed: boolean }
  | {
    kind: 'first-use';
    /** Looks like impersonation: another key uses this publisher's name, or signed this package before. */
    knownName: boolean;
  }
  | { kind: 'refused'; code: 'wrong-key' | 'key-revoked' | 'rollback' | 'bad-package'; message: string };

export type Refusal = Extract<Verdict, { kind: 'refused' }>;

/** `clock-ahead` is never given: a clock that is too late looks like a package that is too old, and nothing here can tell them apart. */
export type TrustWarning = 'expired' | 'expires-soon' | 'clock-behind' | 'clock-ahead' | 'known-name';

export interface Judgement {
  verdict: Verdict;
  warnings: TrustWarning[];
  /** Highest version seen, null when none. */
  highestVersion: number | null;
  expired: boolean;
}

/** One publisher's key. Times are epoch ms. */
export interface PublisherRecord {
  /** 32 bytes (Ed25519). */
  key: Uint8Array;
  /** 16 hex digits as minisign shows it; empty while nothing that names it was seen (a key known from a succession alone). */
  keyId: string;
  /** As the person saw it when asked, or gave it with the `.pub` file; later packages do not change it. */
  name: string;
  homepage: string | null;
  state: 'trusted' | 'revoked' | 'succeeded';
  since: number;
  origin: 'asked' | 'file' | 'succession';
  revokedAt: number | null;
  revokedBy: 'publisher' | 'user' | null;
  succeededBy: Uint8Array | null;
  /** What was taken from this key last, by package id. */
  packages: { id: string; title: string; version: number; lastSignedAt: number }[];
}

/** How much is kept. Nothing is ever dropped to make room: what does not fit is refused and said. */
export interface TrustBounds {
  /** Packages of which a version or a pin is kept. */
  packages: number;
  publishers: number;
  /** Revocations of keys that were never trusted here. */
  strangersRevoked: number;
}
