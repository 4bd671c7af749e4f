// Reads a router's UPnP description: who made it, and at which addresses on the same host its port mapping is controlled.
import { Device } from 'nat-upnp';
import { askGatewayHttp } from './gateway-http.ts';
import { child, parseXml, textAt, XmlError } from './gateway-xml.ts';
import type { XmlNode } from './gateway-xml.ts';
import { MappingError } from './mapping-types.ts';
import type { OwnNetwork } from './own-networks.ts';
import { readGatewayUrl } from './ssdp-answer.ts';
import type { SsdpLocation } from './ssdp-answer.ts';

export interface UpnpService { type: string; kind: 'WANIPConnection' | 'WANPPPConnection' | 'WANIPv6FirewallControl'; version: number; control: SsdpLocation }

export interface UpnpDevice {
  location: SsdpLocation;
  manufacturer: string | null;
  model: string | null;
  presentationUrl: string | null;
  /** 1 or 2; what the root device says. */
  igdVersion: number;
  services: UpnpService[];
}

const SERVICE = /^urn:schemas-upnp-org:service:(WANIPConnection|WANPPPConnection|WANIPv6FirewallControl):([12])$/;
const MAX_DESCRIPTION_BYTES = 128 * 1024;
const MAX_SERVICES = 8;

/** Fetches and reads a description. @throws MappingError */
export async function fetchUpnpDevice(location: SsdpLocation, networks: OwnNetwork[], timeoutMs: number): Promise<UpnpDevice> {
  const { host, port, path, network } = location;
  const { status, body } = await askGatewayHttp({ host, port, path, localAddress: network.address, maxBytes: MAX_DESCRIPTION_BYTES, timeoutMs });
  if (status !== 200) throw new MappingError('bad-answer', 'The router announces UPnP, but does not describe itself.');
  return readUpnpDevice(body, location, networks);
}

/** @throws MappingError when it is no description of a router */
export function readUpnpDevice(xml: string, location: SsdpLocation, networks: OwnNetwork[]): UpnpDevice {
  let root: XmlNode | undefined;
  try {
    root = child(parseXml(xml), 'root');
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  const device = child(root, 'device');
  if (root === undefined || device === undefined) throw new MappingError('bad-answer', 'The description that the router gives of itself cannot be read.');
  const deviceType = textAt(device, ['deviceType']) ?? '';
  const here = `http://${location.host}:${location.port}${location.path}`;
  const base = textAt(root, ['URLBase'], 1_024);
  const onSameHost = (address: string | null): SsdpLocation | null => {
    if (!address) return null;
    // A base that leads elsewhere is not followed; the address of the description is then the base.
    const usable = base && readGatewayUrl(base, [location.host], networks) ? base : here;
    return readGatewayUrl(address, [location.host], networks, usable);
  };
  const services: UpnpService[] = [];
  for (const service of listServices(root)) {
    const [type, kind, version] = SERVICE.exec(textAt(service, ['serviceType']) ?? '') ?? [];
    const control = onSameHost(textAt(service, ['controlURL'], 1_024));
    if (type && control && services.length < MAX_SERVICES) services.push({ type, kind: kind as UpnpService['kind'], version: Number(version), control });
  }
  const presentation = onSameHost(textAt(device, ['presentationURL'], 1_024));
  return {
    location, services,
    manufacturer: textAt(device, ['manufacturer'], 80) || null,
    model: [textAt(device, ['modelName'], 80), textAt(device, ['modelNumber'], 40)].filter(Boolean).join(' ') || null,
    presentationUrl: presentation && `http://${presentation.host}${presentation.port === 80 ? '' : `:${presentation.port}`}${presentation.path}`,
    igdVersion: deviceType.endsWith(':InternetGatewayDevice:2') ? 2 : 1,
  };
}

// The walk through devices within devices is the package's; its transport and XML reader are not used, for they know no bounds.
function listServices(root: XmlNode): XmlNode[] {
  try {
    const { services } = new Device('').parseDescription(root as unknown as Parameters<Device['parseDescription']>[0]);
    return services as unknown as XmlNode[];
  } catch {
    return []; // lists where it expects none
  }
}
