// Takes the place of a package that loads a native library as soon as the tracker client is loaded: without its binary nothing at all would start.
export const RTCPeerConnection = undefined;
export const RTCSessionDescription = undefined;
export const RTCIceCandidate = undefined;
