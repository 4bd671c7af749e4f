// Nothing but web addresses ever reaches the system's browser.
import { expect, it } from 'vitest';
import { webAddress } from '../../../main/desktop/web-address.ts';

it('hands on web addresses', () => {
  expect(webAddress('http://portal.example/check')).toBe('http://portal.example/check');
  expect(webAddress('https://portal.example:8443/?a=b')).toBe('https://portal.example:8443/?a=b');
});

it.each(['file:///etc/passwd', 'javascript:alert(1)', 'smb://host/share', 'ms-settings:x', 'http://user:word@host/', 'https://', '', 'portal.example', null, 7, `http://a/${'x'.repeat(3000)}`])(
  'hands on nothing else: %s', (text) => {
    expect(webAddress(text)).toBeNull();
  },
);
