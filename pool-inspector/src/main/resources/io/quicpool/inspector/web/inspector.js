// Asks for the pool's state once a second, and shows it. Texts of peers are set as text, never as
// markup: who is at the other end chooses them.
'use strict';

const EVERY_MILLIS = 1000;
const KEPT = 180; // samples in the small plots

// What is plotted: as it is, or how much it grew in a second.
const COUNTERS = [
  {label: 'open connections', read: stats => stats.open},
  {label: 'leases', read: stats => stats.leased},
  {label: 'streams', read: stats => stats.streams},
  {label: 'callers waiting', read: stats => stats.waiting},
  {label: 'hits a second', read: stats => stats.hits, grows: true},
  {label: 'misses a second', read: stats => stats.misses, grows: true},
  {label: 'dials a second', read: stats => stats.dials, grows: true},
  {label: 'failed dials a second', read: stats => stats.dialsFailed, grows: true},
  {label: 'evictions a second', read: stats => stats.evictions, grows: true},
  {label: 'found dead a second', read: stats => stats.removedDead, grows: true},
];

const times = [];
let before = null;

function byId(id) {
  return document.getElementById(id);
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.textContent = text;
  return made;
}

function duration(millis) {
  if (millis < 1000) {
    return millis + ' ms';
  }
  const seconds = millis / 1000;
  if (seconds < 60) {
    return seconds.toFixed(1) + ' s';
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? minutes + ' min' : (minutes / 60).toFixed(1) + ' h';
}

// --- counters ---------------------------------------------------------------------------------

function addCounter(counter) {
  const box = element('dl', 'counter', '');
  counter.value = element('dd', '', '–');
  box.append(element('dt', '', counter.label), counter.value);
  byId('counters').append(box);
  counter.samples = [];
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--plot');
  const resolved = element('span', '', '');
  resolved.style.color = colour;
  box.append(resolved);
  counter.plot = new uPlot({
    width: Math.max(120, box.clientWidth - 24),
    height: 44,
    cursor: {show: false},
    legend: {show: false},
    axes: [{show: false}, {show: false}],
    scales: {y: {range: (plot, least, most) => [0, Math.max(1, most)]}},
    series: [{}, {stroke: getComputedStyle(resolved).color, width: 1.5, points: {show: false}}],
  }, [[], []], box);
  resolved.remove();
}

function sample(counter, state, seconds) {
  const now = counter.read(state.stats);
  const grown = before === null ? 0 : now - counter.read(before.stats);
  const value = counter.grows ? grown / seconds : now;
  counter.samples.push(value);
  if (counter.samples.length > KEPT) {
    counter.samples.shift();
  }
  counter.value.textContent = counter.grows ? value.toFixed(value < 10 ? 1 : 0) : value;
  counter.plot.setData([times, counter.samples]);
}

// --- connections ------------------------------------------------------------------------------

function cell(label, className, text) {
  const made = element('td', className, text);
  made.dataset.label = label;
  return made;
}

function row(connection) {
  const made = document.createElement('tr');
  const rtt = connection.rttMicros;
  made.append(
      cell('', '', connection.id),
      cell('', 'peer', connection.peer),
      cell('', connection.state, connection.state),
      cell('', '', connection.origin),
      cell('age', '', duration(connection.ageMillis)),
      cell('idle', '', connection.idleMillis === undefined ? '–' : duration(connection.idleMillis)),
      cell('leases', '', connection.leases),
      cell('streams', '', connection.streams),
      cell('rtt', '', rtt === undefined ? '–' : (rtt / 1000).toFixed(1) + ' ms'),
      cell('lost', '', connection.lost === undefined ? '–' : connection.lost));
  return made;
}

function showConnections(state) {
  const wanted = byId('filter').value.toLowerCase();
  const shown = state.connections.filter(
      each => (each.peer + ' ' + each.address).toLowerCase().includes(wanted));
  byId('connections').replaceChildren(...shown.map(row));
  const all = state.connectionCount;
  byId('connection-count').textContent =
      shown.length === all ? '(' + all + ')' : '(' + shown.length + ' of ' + all + ')';
}

// --- decisions --------------------------------------------------------------------------------

function line(event) {
  const made = document.createElement('li');
  const time = element('time', '', new Date(event.atMillis).toLocaleTimeString());
  made.append(
      time,
      element('span', event.kind, event.kind),
      element('span', '', event.peer + (event.peer ? ': ' : '') + event.text));
  return made;
}

// --- all of it --------------------------------------------------------------------------------

function show(state) {
  document.title = state.name + ' – quicpool inspector';
  byId('name').textContent = state.name;
  byId('limits').textContent =
      'up to ' + state.limits.maxConnections + ' connections, idle for '
      + duration(state.limits.idleTimeoutMillis) + ' at most'
      + (state.listens ? ', listening at ' + state.listens : '');
  const now = Date.now() / 1000;
  const seconds = times.length === 0 ? 1 : now - times[times.length - 1];
  times.push(now);
  if (times.length > KEPT) {
    times.shift();
  }
  COUNTERS.forEach(counter => sample(counter, state, seconds));
  showConnections(state);
  byId('events').replaceChildren(...state.events.map(line));
  before = state;
}

async function look() {
  const status = byId('status');
  try {
    const answer = await fetch('pool.json');
    if (!answer.ok) {
      throw new Error('the answer was ' + answer.status);
    }
    show(await answer.json());
    status.textContent = 'live';
    status.className = '';
  } catch (failure) {
    status.textContent = 'the pool does not answer: it was closed perhaps (' + failure.message + ')';
    status.className = 'lost';
  }
  setTimeout(look, EVERY_MILLIS);
}

COUNTERS.forEach(addCounter);
byId('filter').addEventListener('input', () => before !== null && showConnections(before));
look();
