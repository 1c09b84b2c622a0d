const echarts = require('echarts');

/** Read as well on white as on nearly black: everything is drawn on nothing. */
const TEXT = '#7d8590';
const GRID = 'rgba(125, 133, 144, 0.3)';
const COLOURS = ['#2f81f7', '#1a9c4b', '#a970ff', '#e5534b', '#d4852a', '#c2559d', '#8a8f98'];

const WIDTH = 760;
const HEIGHT = 400;

/**
 * A plot of lines.
 * @param series by name, points `[x, y]`; y is undefined where there is none.
 * @param names all that have a colour of their own, in every plot of them; those of the series where nothing is said.
 * @param x `{ title, log, ticks }`, y `{ title, log, max }`: titles of the axes; `log` where it is logarithmic, of which base.
 * @param shaded `[from, to, label]` of x, with a background.
 * @param marked `[at, label]` of x, with a line.
 * @returns an SVG, for white and for dark pages.
 */
function linePlot({ title, series, names = Object.keys(series), x, y, shaded, marked }) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'sans-serif', color: TEXT },
    title: { text: title, left: 'center', textStyle: { color: TEXT, fontSize: 15 } },
    legend: {
      bottom: 0,
      itemGap: 26,
      textStyle: { color: TEXT, fontSize: 11 },
      icon: 'roundRect',
      itemHeight: 4,
    },
    grid: { left: 64, right: 24, top: 44, bottom: 92 },
    xAxis: { ...axis(x), nameGap: 28 },
    yAxis: { ...axis(y), nameGap: 44 },
    series: Object.entries(series).map(([name, points], i) =>
      line(name, points, COLOURS[names.indexOf(name) % COLOURS.length], i === 0 ? { shaded, marked } : {}),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const axis = ({ title, log, min, max }) => ({
  type: log ? 'log' : 'value',
  ...(log && { logBase: log }),
  min,
  max,
  name: title,
  nameLocation: 'middle',
  nameTextStyle: { color: TEXT },
  axisLabel: { color: TEXT },
  axisLine: { show: true, lineStyle: { color: TEXT } },
  splitLine: { lineStyle: { color: GRID } },
});

const line = (name, points, colour, { shaded, marked }) => ({
  name,
  type: 'line',
  data: points.map(([x, y]) => [x, y ?? null]),
  color: colour,
  symbol: 'circle',
  showSymbol: points.length <= 20,
  symbolSize: 6,
  lineStyle: { width: 2 },
  ...(shaded && { markArea: area(shaded) }),
  ...(marked && { markLine: mark(marked) }),
});

const area = ([from, to, label]) => ({
  silent: true,
  itemStyle: { color: 'rgba(125, 133, 144, 0.12)' },
  label: { color: TEXT, position: 'insideBottom' },
  data: [[{ xAxis: from, name: label }, { xAxis: to }]],
});

const mark = ([at, label]) => ({
  silent: true,
  symbol: 'none',
  lineStyle: { color: TEXT, type: 'dashed' },
  label: { color: TEXT, formatter: label, position: 'insideStartBottom' },
  data: [{ xAxis: at }],
});

module.exports = { linePlot };
