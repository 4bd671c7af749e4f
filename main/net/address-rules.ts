// The rules live with the readers of metadata, which must refuse private hosts before anything is contacted.
export { addressClass, addressList, isPublicAddress, plainHost } from '../metainfo/address-rules.ts';
export type { AddressClass } from '../metainfo/address-rules.ts';
