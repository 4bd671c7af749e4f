// What several sightings of one socket say of the router.
import { expect, it } from 'vitest';
import { mappingBehaviour } from '../../../../main/net/diagnosis/nat-mapping.ts';

const local = { address: '192.168.1.10', port: 5000 };
const a = { address: '25.0.0.2', port: 3478 };
const b = { address: '25.0.0.3', port: 3478 };
const aOther = { ...a, port: 3479 };
const at = (port: number, address = '25.0.0.100') => ({ address, port });

it.each([
  { name: 'no translation', seen: [[a, local], [b, local]], says: 'direct' },
  { name: 'the same for everybody', seen: [[a, at(1)], [b, at(1)], [aOther, at(1)]], says: 'endpoint-independent' },
  { name: 'the same for two plain servers', seen: [[a, at(1)], [b, at(1)]], says: 'endpoint-independent' },
  { name: 'another for each address', seen: [[a, at(1)], [b, at(2)], [aOther, at(1)]], says: 'address-dependent' },
  { name: 'another for each port', seen: [[a, at(1)], [b, at(2)], [aOther, at(3)]], says: 'address-and-port-dependent' },
  { name: 'another for each of two plain servers', seen: [[a, at(1)], [b, at(2)]], says: 'endpoint-dependent' },
  { name: 'another address outside for each', seen: [[a, at(1)], [b, at(1, '25.0.0.101')]], says: 'endpoint-dependent' },
  { name: 'one server alone', seen: [[a, at(1)]], says: 'unknown' },
  { name: 'one of two silent', seen: [[a, at(1)], [b, null]], says: 'unknown' },
  { name: 'nobody answers', seen: [[a, null], [b, null]], says: 'unknown' },
] as const)('says $says: $name', ({ seen, says }) => {
  expect(mappingBehaviour(local, seen.map(([server, mapped]) => ({ server, mapped })))).toBe(says);
});
