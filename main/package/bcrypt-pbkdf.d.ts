// The one function of bcrypt-pbkdf that is used; the package has no types of its own.
declare module 'bcrypt-pbkdf' {
  interface BcryptPbkdf {
    /** Fills `key`. @returns 0, or -1 for parameters that it does not take */
    pbkdf(password: Uint8Array, passwordLength: number, salt: Uint8Array, saltLength: number, key: Uint8Array, keyLength: number, rounds: number): number;
  }
  const bcrypt: BcryptPbkdf;
  export default bcrypt;
}
