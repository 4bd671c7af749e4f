// A router is recognised by what it says of itself, and its guide comes when it is looked at.
import { describe, expect, it } from 'vitest';
import { ActionKind } from '../../../contract/index.ts';
import { fillStep, genericId, guideFor, loadMaker, loadPlace, makers, partsFor, placeFor, places } from '../../../renderer/features/connectivity/router-guides.ts';

describe('the guide', () => {
  it.each([
    ['AVM Berlin', 'FRITZ!Box 7590', 'avm-fritzbox'], ['AVM', null, 'avm-fritzbox'], ['TP-Link', 'Archer AX73', 'tp-link'], ['TP-LINK', 'Deco X50', 'tp-link-deco'], ['NETGEAR, Inc.', 'R7000', 'netgear'],
    ['NETGEAR', 'RBR850', 'netgear-orbi'], ['ASUSTek Corporation', 'RT-AX88U', 'asus'], ['Linksys', 'EA8300', 'linksys'], ['D-Link Corporation', 'DIR-882', 'd-link'], ['Huawei Technologies Co., Ltd', 'AX3', 'huawei'],
    ['ZTE', 'ZXHN H268A', 'zte'], ['ZyXEL', 'VMG8825', 'zyxel'], ['Ubiquiti Networks', 'UDM-Pro', 'ubiquiti-unifi'], ['MikroTik', 'Router OS', 'mikrotik'], ['OpenWrt', 'OpenWrt router', 'openwrt'], ['DD-WRT', 'DD-WRT', 'dd-wrt'],
    ['FreeBSD', 'pfSense', 'pfsense'], ['OPNsense', 'OPNsense', 'opnsense'], ['Google', 'Nest Wifi', 'google-nest'], ['eero', 'eero Pro 6', 'eero'], ['Xiaomi', 'MiWiFi Router', 'xiaomi'], ['Tenda', 'AC10U', 'tenda'],
    ['Deutsche Telekom', 'Speedport Smart 4', 'speedport'], ['Sagemcom', 'Livebox 5', 'livebox'], ['Sagemcom', 'F@ST 5366', 'sagemcom'], ['Technicolor', 'Vodafone Station', 'vodafone-station'], ['Technicolor', 'DGA4134', 'technicolor'], ['Free', 'Freebox Server', 'freebox'], ['Freebox SA', null, 'freebox'], ['ARRIS', 'SBG6700-AC', 'arris'], ['Synology', 'RT2600ac', 'synology'],
    ['DrayTek Corp.', 'Vigor2865', 'draytek'], ['GL.iNet', 'GL-AXT1800', 'gl-inet'], ['BT', 'Smart Hub 2', 'bt-smart-hub'], ['Verizon', 'G3100', 'verizon-fios'], ['Vodafone', 'Vodafone Station', 'vodafone-station'],
  ])('for %s %s is "%s"', (manufacturer, model, id) => expect(guideFor({ manufacturer, model })).toBe(id));

  it('is the general one for a router that nobody knows or that says nothing', () => {
    for (const gateway of [null, { manufacturer: null, model: null }, { manufacturer: 'Acme', model: 'One' }, { manufacturer: 'FreeBSD', model: 'router' }]) expect(guideFor(gateway)).toBe(null);
  });

  it.each([...makers.map(({ id }) => id), genericId])('%s can be loaded', async (id) => expect((await loadMaker(id))?.id).toBe(id));
  it.each(places.map(({ id }) => id))('%s can be loaded', async (id) => expect((await loadPlace(id))?.id).toBe(id));
  it('of a name that is none does not exist', () => expect([loadMaker('../index'), loadPlace('nowhere')]).toEqual([null, null]));

  it('advises no router entry where a provider shares addresses', () => {
    for (const kind of ['ask-provider', 'use-ipv6'] as const) expect([partsFor(kind), placeFor(kind)]).toEqual([{ first: [], otherwise: [] }, 'carrier']);
    expect(ActionKind.options.filter((kind) => [...partsFor(kind).first, ...partsFor(kind).otherwise].includes('forwarding'))).toEqual(['forward-port', 'turn-on-upnp']);
  });

  it('fills in what is known and names what is not', () => {
    const unknown = { address: 'its address', port: 'its port' };
    expect(fillStep('{address} {port} {protocol} {port}', { address: '192.168.1.10', port: 51_413 }, unknown)).toBe('192.168.1.10 51413 TCP + UDP 51413');
    expect(fillStep('{address} {port}', { address: null, port: null }, unknown)).toBe('its address its port');
  });
});
