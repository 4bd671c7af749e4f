// XML of routers: what is plain is read, what is hostile is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { child, escapeXml, parseXml, textAt, XmlError } from '../../../../main/net/port-mapping/gateway-xml.ts';

describe('the XML of a router', () => {
  it('is read with its namespaces, lists, comments, quotes and signs', () => {
    const xml = parseXml('\uFEFF<?xml version="1.0"?><!-- x > y --><s:a xmlns:s="u"><b>1 &amp; 2 &#65;&#x42;</b><c/><b><![CDATA[<&lt;>]]></b><d> <e>x</e> </d></s:a>');
    expect(child(xml, 'a', 'd', 'e')).toBe('x');
    expect((child(xml, 'a') as { b: string[] }).b).toEqual(['1 & 2 AB', '<&lt;>']);
    expect(textAt(xml, ['a', 'c'])).toBe('');
    expect(textAt(xml, ['a', 'nothing', 'there'])).toBeNull();
  });

  it('cannot define entities, nor use any but the five of XML', () => {
    expect(() => parseXml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')).toThrow(XmlError);
    expect(() => parseXml('<a><!ENTITY b "c"></a>')).toThrow(XmlError);
    expect(textAt(parseXml('<a>&b;&toString;&#0;&#xD800;&#x110000;</a>'), ['a'])).toBe('&b;&toString;&#0;&#xD800;&#x110000;');
  });

  it('has no way to the prototypes of objects', () => {
    const xml = parseXml('<a><__proto__><polluted>1</polluted></__proto__><constructor>2</constructor></a>');
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect(textAt(xml, ['a', '__proto__', 'polluted'])).toBe('1');
    expect(textAt(xml, ['a', 'toString'])).toBeNull();
  });

  it.each([
    ['no end', '<a><b></b>'], ['a wrong end', '<a></b>'], ['an end too many', '<a></a></a>'], ['nothing', ''], ['only text', 'x'], ['an open tag', '<a'], ['a tag without a name', '< a></ a>'],
    ['depth without end', '<a>'.repeat(100) + '</a>'.repeat(100)], ['elements without end', `<a>${'<b/>'.repeat(5_000)}</a>`], ['too much of it', `<a>${' '.repeat(300_000)}</a>`],
  ])('is refused when it has %s', (_what, text) => {
    expect(() => parseXml(text)).toThrow(XmlError);
  });

  it('is read or refused, never anything else', () => {
    const part = fc.constantFrom('<a>', '</a>', '<b/>', '<![CDATA[', ']]>', '<!--', '-->', '<?', '?>', '<!', '&', '&lt;', '&#1', ';', '<', '>', 'text', '<x:y z="1">', '</x:y>');
    fc.assert(fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 60 }), (parts) => {
      try {
        expect(typeof parseXml(parts.join(''))).toBe('object');
      } catch (error) {
        expect(error).toBeInstanceOf(XmlError);
      }
    }), { numRuns: 500 });
  });

  it('brings back any text that was escaped', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '<', '&', '>', '"', '\'', 'ü', '💡', ']') }), (text) => {
      expect(textAt(parseXml(`<a>${escapeXml(text)}</a>`), ['a'], 10_000)).toBe(text.trim());
    }));
  });
});
