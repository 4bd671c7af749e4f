// The ES module face of the package: the code itself is in index.cjs, so that both module systems share one copy.
import bencode from './index.cjs';

export const { decode, decodeBounded, encode, encodingLength, byteLength, valueSpan, DEFAULT_LIMITS } = bencode;
export default bencode;
