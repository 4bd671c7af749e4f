// One call of a router's UPnP control address, and its refusals as sentences for people.
import { askGatewayHttp } from './gateway-http.ts';
import { child, escapeXml, parseXml, textAt, XmlError } from './gateway-xml.ts';
import type { XmlNode } from './gateway-xml.ts';
import { MappingError } from './mapping-types.ts';
import type { MappingErrorCode } from './mapping-types.ts';

export interface SoapTarget {
  serviceType: string;
  host: string;
  port: number;
  path: string;
  localAddress: string;
  timeoutMs: number;
}

const MAX_ANSWER_BYTES = 32 * 1024;

/** The refusals of WANIPConnection 1 and 2 and of WANIPv6FirewallControl 1, and the general ones of UPnP. */
const REFUSALS: Record<number, readonly [MappingErrorCode, string]> = {
  401: ['not-supported', 'The router does not know this request.'],
  402: ['bad-answer', 'The router does not accept the request as it was put.'],
  501: ['refused', 'The router refused: it cannot open a port at the moment. It may have no address on the internet of its own.'],
  602: ['not-supported', 'The router does not know this request.'],
  606: ['not-allowed', 'The router does not allow programs to open ports. Allow it in the settings of the router (UPnP), or open the port by hand.'],
  701: ['full', 'The router has no room for another opening in its IPv6 firewall. Restart it, or remove some in its settings.'],
  702: ['not-supported', 'The IPv6 firewall of the router is off: nothing has to be opened.'],
  703: ['not-allowed', 'The router does not allow programs to make openings in its IPv6 firewall. Allow it in the settings of the router.'],
  704: ['vanished', 'The router no longer has this opening.'],
  705: ['not-supported', 'The router cannot open its IPv6 firewall for this protocol.'],
  708: ['refused', 'The router opens its IPv6 firewall only for known addresses.'],
  713: ['vanished', 'The router has no more entries.'],
  714: ['vanished', 'The router no longer has this entry.'],
  715: ['refused', 'The router wants to know who may come in, which nobody can know here.'],
  716: ['refused', 'The router wants a certain port outside.'],
  718: ['conflict', 'Another device or program has this port of the router already.'],
  724: ['conflict', 'The router insists on the same port inside and outside, and that one is taken. Choose another port in the settings.'],
  725: ['refused', 'The router makes only mappings without an end.'],
  728: ['full', 'The router has no room for another open port. Remove some in the settings of the router, or restart it.'],
  729: ['conflict', 'Another rule of the router stands against this port. Choose another port in the settings.'],
  732: ['refused', 'The router wants a certain port inside.'],
};

/** Calls an action. @returns the arguments of the answer. @throws MappingError with the router's number where it gave one */
export async function callSoap(target: SoapTarget, action: string, args: readonly (readonly [name: string, value: string | number])[]): Promise<XmlNode> {
  const { serviceType, ...where } = target;
  const inner = args.map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`).join('');
  const body = '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    + `<s:Body><u:${action} xmlns:u="${serviceType}">${inner}</u:${action}></s:Body></s:Envelope>\r\n`;
  const headers = { 'content-type': 'text/xml; charset="utf-8"', 'soapaction': `"${serviceType}#${action}"` };
  const answer = await askGatewayHttp({ ...where, body, headers, maxBytes: MAX_ANSWER_BYTES });
  return readSoapAnswer(answer, action);
}

/** @throws MappingError for refusals and for what is no answer */
export function readSoapAnswer({ status, body }: { status: number; body: string }, action: string): XmlNode {
  let content: XmlNode | undefined;
  try {
    content = child(parseXml(body), 'Envelope', 'Body');
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  const fault = child(content, 'Fault');
  if (fault !== undefined) {
    const code = Number(textAt(fault, ['detail', 'UPnPError', 'errorCode'], 5) ?? Number.NaN);
    throw refusal(Number.isInteger(code) ? code : 0);
  }
  const answer = child(content, `${action}Response`);
  if (status !== 200 || answer === undefined) {
    throw status === 401 || status === 403 ? refusal(606) : new MappingError('bad-answer', 'The answer of the router cannot be read. Restart it if this goes on.');
  }
  return answer;
}

/** The sentence for a number of UPnP. */
export function refusal(code: number): MappingError {
  const [kind, sentence] = REFUSALS[code] ?? ['refused', 'The router refused to open the port.'];
  return new MappingError(kind, code > 0 ? `${sentence} (UPnP ${code})` : sentence, code);
}
