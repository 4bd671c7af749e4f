// Plots as SVG, with a ground of their own so that they can be read on a light and on a dark page: panels one below the other, lines, a legend.

const WIDTH = 860;
const PANEL_HEIGHT = 250;
const MARGIN = { left: 64, right: 190, top: 42, bottom: 46 };
const GROUND = '#fbfaf7';
const INK = '#22262a';
const FAINT = '#d9d6ce';
/** Told apart also by people who see few colours (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#7a5195', '#8c564b'];

/**
 * @param panels `[{ title, x, y, lines: [{ name, colour, points: [[x, y]], isThin, dash, isStep }], marks: [{ x, text }], least }]`; the same name twice is one entry in the legend
 * @returns a whole SVG document
 */
export function plot(title, panels) {
  const height = 40 + panels.length * PANEL_HEIGHT;
  const body = panels.map((panel, i) => `<g transform="translate(0 ${40 + i * PANEL_HEIGHT})">${drawPanel(panel)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" rx="6" fill="${GROUND}"/>
<text x="${MARGIN.left}" y="27" font-size="16" font-weight="600" fill="${INK}">${escape(title)}</text>
${body.join('\n')}
</svg>
`;
}

function drawPanel({ title, x, y, lines, marks = [], least = 0 }) {
  const points = lines.flatMap((line) => line.points);
  const top = niceTop(Math.max(least, ...points.map(([, value]) => value)));
  const right = niceTop(Math.max(0.001, ...points.map(([at]) => at), ...marks.map((mark) => mark.x)));
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: PANEL_HEIGHT - MARGIN.top - MARGIN.bottom };
  const atX = (value) => round(MARGIN.left + (value / right.value) * inner.width);
  const atY = (value) => round(MARGIN.top + inner.height - (value / top.value) * inner.height);
  const parts = [`<text x="${MARGIN.left}" y="${MARGIN.top - 14}" font-weight="600" fill="${INK}">${escape(title)}</text>`];
  for (const value of steps(top)) {
    parts.push(`<path d="M${MARGIN.left} ${atY(value)}h${inner.width}" stroke="${FAINT}"/>`,
      `<text x="${MARGIN.left - 8}" y="${atY(value) + 4}" text-anchor="end" fill="${INK}">${number(value)}</text>`);
  }
  for (const value of steps(right)) {
    parts.push(`<path d="M${atX(value)} ${MARGIN.top}v${inner.height}" stroke="${FAINT}"/>`,
      `<text x="${atX(value)}" y="${MARGIN.top + inner.height + 17}" text-anchor="middle" fill="${INK}">${number(value)}</text>`);
  }
  parts.push(`<text x="${MARGIN.left + inner.width / 2}" y="${PANEL_HEIGHT - 10}" text-anchor="middle" fill="${INK}">${escape(x)}</text>`,
    `<text transform="translate(16 ${MARGIN.top + inner.height / 2}) rotate(-90)" text-anchor="middle" fill="${INK}">${escape(y)}</text>`);
  for (const line of lines) {
    parts.push(`<path d="${pathOf(line, atX, atY)}" fill="none" stroke="${line.colour}" stroke-width="${line.isThin ? 1.1 : 2.2}" stroke-linejoin="round"${line.dash ? ` stroke-dasharray="${line.dash}"` : ''}${line.isThin ? ' opacity="0.75"' : ''}/>`);
  }
  for (const mark of marks) {
    parts.push(`<path d="M${atX(mark.x)} ${MARGIN.top}v${inner.height}" stroke="${INK}" stroke-dasharray="4 4"/>`,
      `<text x="${atX(mark.x) + 4}" y="${MARGIN.top + 12}" fill="${INK}">${escape(mark.text)}</text>`);
  }
  const named = [...new Map(lines.map((line) => [line.name, line])).values()];
  named.forEach((line, i) => {
    const at = MARGIN.top + 8 + i * 18;
    const left = WIDTH - MARGIN.right + 16;
    parts.push(`<path d="M${left} ${at}h20" stroke="${line.colour}" stroke-width="2.2"${line.dash ? ` stroke-dasharray="${line.dash}"` : ''}/>`,
      `<text x="${left + 27}" y="${at + 4}" fill="${INK}">${escape(line.name)}</text>`);
  });
  return parts.join('\n');
}

function pathOf({ points, isStep }, atX, atY) {
  return points.map(([x, y], i) => {
    if (i === 0) return `M${atX(x)} ${atY(y)}`;
    return isStep ? `H${atX(x)}V${atY(y)}` : `L${atX(x)} ${atY(y)}`;
  }).join('');
}

/** The end of an axis and its step: 1, 2 or 5 times a power of ten, four to eight of them. */
function niceTop(value) {
  const rough = Math.max(value, 1e-9) / 6.5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  return { step, value: Math.ceil(value / step - 1e-9) * step || step };
}

const steps = ({ step, value }) => Array.from({ length: Math.round(value / step) + 1 }, (_, i) => i * step);
const round = (value) => Math.round(value * 10) / 10;
const number = (value) => String(Number(value.toPrecision(3)));
const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
