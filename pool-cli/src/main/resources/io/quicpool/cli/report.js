'use strict';

const COLOURS = ['#b04016', '#1668b0', '#6a9c3a', '#8a63a8', '#5b6570'];

for (const data of document.querySelectorAll('script.plot')) {
  const plot = JSON.parse(data.textContent);
  const figure = data.parentElement;
  new uPlot({
    width: Math.min(900, document.body.clientWidth),
    height: 340,
    scales: {x: {time: false, distr: plot.logX ? 3 : 1}, y: {distr: plot.logY ? 3 : 1}},
    axes: [{label: plot.xLabel}, {label: plot.yLabel, size: 70}],
    series: [{label: plot.xLabel}].concat(plot.lines.map((line, i) => ({
      label: line.label,
      stroke: COLOURS[i % COLOURS.length],
      width: 2,
    }))),
  }, [plot.x].concat(plot.lines.map(line => line.y)), figure);
}
