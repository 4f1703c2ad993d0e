"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROOM = { l: 62, r: 12, t: 8, b: 44 };
  const CONFIG = { responsive: true, displaylogo: false, displayModeBar: false };
  const plots = [];
  const players = [];

  // arrays

  function decode(packed) {
    const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
    const values = packed.type === "u1" ? bytes : new Float64Array(bytes.buffer);
    return { shape: packed.shape, values };
  }

  function frame(array, i) {
    const size = array.shape.slice(1).reduce((a, b) => a * b, 1);
    return array.values.subarray(i * size, (i + 1) * size);
  }

  const rows = (flat, count, width) => Array.from({ length: count }, (_, i) => flat.subarray(i * width, (i + 1) * width));
  const short = (x, digits = 4) => (x === 0 ? "0" : Number(x.toPrecision(digits)).toString().replace("e+", "e"));

  // looks

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function looks() {
    const axis = { "gridcolor": color("--grid"), "linecolor": color("--line"), "zerolinecolor": color("--line") };
    const found = { "font.color": color("--ink") };
    for (const name of ["xaxis", "yaxis"]) for (const key in axis) found[`${name}.${key}`] = axis[key];
    return found;
  }

  function layout(x, y, more = {}) {
    const axis = { automargin: true, gridcolor: color("--grid"), linecolor: color("--line"), zerolinecolor: color("--line"),
      exponentformat: "power", showline: true };
    return { margin: ROOM, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
      font: { color: color("--ink"), size: 12, family: "system-ui, DejaVu Sans, sans-serif" }, showlegend: false,
      hovermode: "closest", xaxis: { ...axis, title: { text: x } }, yaxis: { ...axis, title: { text: y } }, ...more };
  }

  function draw(box, traces, how) {
    plots.push(box);
    return Plotly.newPlot(box, traces, how, CONFIG);
  }

  // pictures are drawn when all figures stand, in the width that they have then
  const beginnings = [];

  // drawn when it comes near the window, so that a page opens at once
  const watcher = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach((one) => {
    begin(one.target);
  }), { rootMargin: "300px" });
  const waiting = new Map();
  addEventListener("beforeprint", () => [...waiting.keys()].forEach(begin));

  function begin(box) {
    watcher.unobserve(box);
    const act = waiting.get(box);
    waiting.delete(box);
    act?.();
  }

  function later(box, act) {
    waiting.set(box, act);
    watcher.observe(box);
  }

  function figure(parent, title, text, tall) {
    const whole = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const strong = document.createElement("strong");
    strong.textContent = title;
    caption.append(strong);
    const box = document.createElement("div");
    box.className = tall ? "plot tall" : "plot";
    const below = document.createElement("p");
    below.className = "quiet";
    below.textContent = text;
    whole.append(caption, box, below);
    parent.append(whole);
    return { whole, caption, box, below };
  }

  function button(parent, label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", () => act(made));
    parent.append(made);
    return made;
  }

  // densities on the sphere

  const PREDICTED = "#d55e00";
  const GREY = "#8a8a8a";
  const CODES = 254;

  // least and largest code of a frame; what is not known stays below
  function ends(codes) {
    const seen = codes.filter((code) => code >= 0);
    const [low, high] = seen.reduce(([a, b], code) => [Math.min(a, code), Math.max(b, code)], [CODES, 0]);
    return [low - (high - low || 1) / CODES, high > low ? high : low + 1];
  }

  function scale() {
    const first = 0.5 / (CODES + 1);
    const stops = data.scale.map((hex, i) => [first + (1 - first) * (i / (data.scale.length - 1)), hex]);
    return [[0, GREY], [first, GREY], ...stops];
  }

  function bar(picture, [low, high]) {
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.max(low, 0) + share * (high - Math.max(low, 0)));
    const text = ticks.map((code) => short(valueOf(picture, code), 3));
    return { tickvals: ticks, ticktext: text, title: { text: picture.name }, thickness: 12,
      len: 0.8, x: 1, xpad: 2 };
  }

  function valueOf(picture, code) {
    const value = picture.low + (code / CODES) * (picture.high - picture.low);
    return picture.wide ? 10 ** value : value;
  }

  function sphere(picture) {
    const colors = decode(picture.colors);
    const [, count, width] = colors.shape;
    const angles = { theta: linear(0, Math.PI, count), phi: linear(0, 2 * Math.PI, width) };
    const codes = (i) => Float32Array.from(frame(colors, i), (c) => (c === 255 ? -1 : c));
    return { count, width, angles, codes };
  }

  const linear = (a, b, n) => Array.from({ length: n }, (_, i) => a + ((b - a) * i) / (n - 1));
  const hasWebGL = (() => {
    try {
      const context = document.createElement("canvas").getContext("webgl");
      context.getExtension("WEBGL_lose_context")?.loseContext();
      return true;
    } catch { return false; }
  })();

  // two triangles a quadrangle of the mesh of latitudes and longitudes
  function globe(picture, known, i, range) {
    const { count, width, angles: { theta, phi } } = known;
    const every = (f) => Float32Array.from({ length: count * width }, (_, n) => f(theta[Math.floor(n / width)], phi[n % width]));
    const corners = [[], [], []];
    for (let row = 0; row < count - 1; row += 1) for (let column = 0; column < width - 1; column += 1) {
      const n = row * width + column;
      [[n, n + width, n + 1], [n + 1, n + width, n + width + 1]].forEach((one) => one.forEach((corner, k) => corners[k].push(corner)));
    }
    return { type: "mesh3d", x: every((t, p) => Math.sin(t) * Math.cos(p)), y: every((t, p) => Math.sin(t) * Math.sin(p)),
      z: every((t) => Math.cos(t)), i: corners[0], j: corners[1], k: corners[2], intensity: known.codes(i), cmin: range[0], cmax: range[1],
      colorscale: scale(), colorbar: bar(picture, range), hoverinfo: "none", flatshading: false,
      lighting: { ambient: 0.9, diffuse: 0.15, specular: 0, vertexnormalsepsilon: 0, facenormalsepsilon: 0 } };
  }

  function marks(picture, i) {
    const found = picture.marks[i];
    const out = (k) => found.map((mark) => 1.02 * mark[k]);
    return { x: out(0), y: out(1), z: out(2), size: found.map((mark) => (mark[3] ? 4 + 10 * Math.sqrt(mark[3]) : 5)),
      symbol: found.map((mark) => (mark[3] ? "circle" : "cross")) };
  }

  function places(picture, i) {
    const found = marks(picture, i);
    return { type: "scatter3d", mode: "markers", x: found.x, y: found.y, z: found.z, hoverinfo: "none",
      marker: { size: found.size, symbol: found.symbol, color: "#ffffff", line: { color: "#000000", width: 1 } } };
  }

  function letters() {
    const at = (text, x, y, z) => ({ text, x: 1.2 * x, y: 1.2 * y, z: 1.2 * z, showarrow: false, font: { size: 13 } });
    return [at("x", 1, 0, 0), at("y", 0, 1, 0), at("z", 0, 0, 1)];
  }

  function eyeOf(picture, box) {
    // the sphere takes 0.6 of the height, and the color bar leaves 0.7 of the width
    const far = 1.6 * Math.max(1, 0.9 * box.clientHeight / (box.clientWidth || 1));
    const last = picture.marks[picture.marks.length - 1];
    const to = last.length ? last[last.length - 1] : [1, 1, 0.6];
    const flat = Math.hypot(to[0], to[1]);
    const [azimuth, height] = [Math.atan2(to[1], to[0]) + 0.5, 0.5 * Math.atan2(to[2], flat)];
    return { x: far * Math.cos(height) * Math.cos(azimuth), y: far * Math.cos(height) * Math.sin(azimuth), z: far * Math.sin(height) };
  }

  function drawGlobe(box, picture, known, i, range, eye) {
    const axis = { visible: false, range: [-1.25, 1.25], showspikes: false };
    const scene = { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", domain: { x: [0, 0.87] }, annotations: letters(),
      camera: { eye }, dragmode: "orbit" };
    return draw(box, [globe(picture, known, i, range), places(picture, i)], layout("", "", { scene, margin: { l: 0, r: 0, t: 0, b: 0 } }));
  }

  function drawMap(box, picture, known, i, range) {
    const degrees = (list) => list.map((angle) => (180 * angle) / Math.PI);
    const trace = { type: "heatmap", z: rows(known.codes(i), known.count, known.width), x: degrees(known.angles.phi), y: degrees(known.angles.theta).map((t) => 90 - t),
      zmin: range[0], zmax: range[1], colorscale: scale(), colorbar: bar(picture, range), hoverinfo: "none" };
    return draw(box, [trace], layout("longitude (°)", "latitude (°)"));
  }

  function tell(made, picture, known, now) {
    made.box.on("plotly_hover", (event) => {
      const point = event.points[0];
      if (point.curveNumber !== 0) return;
      const n = point.pointNumber;
      const [i, j] = Array.isArray(n) ? n : [Math.floor(n / known.width), n % known.width];
      const code = known.codes(now())[i * known.width + j];
      const [latitude, longitude] = [90 - (180 * i) / (known.count - 1), (360 * j) / (known.width - 1)];
      const value = code < 0 ? "not known" : short(valueOf(picture, code), 3);
      made.below.textContent = `${picture.name} ≈ ${value} at latitude ${latitude.toFixed(0)}°, longitude ${longitude.toFixed(0)}°`;
    });
    made.box.on("plotly_unhover", () => { made.below.textContent = picture.note; });
  }

  function turn(box, key) {
    const eye = { ...box._fullLayout.scene.camera.eye, ...box.layout.scene.camera.eye };
    const far = Math.hypot(eye.x, eye.y, eye.z);
    let [azimuth, height] = [Math.atan2(eye.y, eye.x), Math.asin(eye.z / far)];
    let distance = far;
    if (key === "ArrowLeft") azimuth -= 0.15;
    else if (key === "ArrowRight") azimuth += 0.15;
    else if (key === "ArrowUp") height = Math.min(height + 0.15, 1.5);
    else if (key === "ArrowDown") height = Math.max(height - 0.15, -1.5);
    else if (key === "+" || key === "=") distance = Math.max(far / 1.1, 0.6);
    else if (key === "-") distance = Math.min(far * 1.1, 4);
    else return false;
    const around = distance * Math.cos(height);
    Plotly.relayout(box, { "scene.camera.eye": { x: around * Math.cos(azimuth), y: around * Math.sin(azimuth), z: distance * Math.sin(height) } });
    return true;
  }

  function spherePicture(parent, picture, title) {
    const made = figure(parent, title, picture.note, true);
    const known = sphere(picture);
    let now = 0;
    let round = hasWebGL;
    let own = false;
    let eye = eyeOf(picture, made.box);
    made.box.tabIndex = 0;
    made.box.setAttribute("role", "application");
    made.box.setAttribute("aria-label", `${title}: a sphere that turns with the arrow keys`);
    const redraw = () => {
      eye = made.box._fullLayout?.scene?.camera?.eye || eye;
      Plotly.purge(made.box);
      if (plots.includes(made.box)) plots.splice(plots.indexOf(made.box), 1);
      (round ? drawGlobe : drawMap)(made.box, picture, known, now, own ? ends(known.codes(now)) : [-1, CODES], eye);
      tell(made, picture, known, () => now);
    };
    made.box.addEventListener("keydown", (event) => {
      if (round && turn(made.box, event.key)) { event.preventDefault(); event.stopPropagation(); }
    });
    button(made.caption, "own colors", (self) => {
      own = !own;
      self.textContent = own ? "colors of all times" : "own colors";
      redraw();
    });
    if (hasWebGL) button(made.caption, "map", (self) => { round = !round; self.textContent = round ? "map" : "sphere"; redraw(); });
    beginnings.push(redraw);
    return async (i) => {
      if (i === now) return;
      now = i;
      if (own) return void redraw();
      if (!round) return void (await Plotly.restyle(made.box, { z: [rows(known.codes(i), known.count, known.width)] }, [0]));
      const found = marks(picture, i);
      await Plotly.restyle(made.box, { intensity: [known.codes(i)] }, [0]);
      await Plotly.restyle(made.box, { x: [found.x], y: [found.y], z: [found.z], "marker.size": [found.size], "marker.symbol": [found.symbol] }, [1]);
    };
  }

  // densities over an angle, sizes of degrees

  function linePicture(parent, picture, title, index, times) {
    const made = figure(parent, title, picture.note, false);
    const [x, y] = [decode(picture.x).values, decode(picture.y)];
    const trace = (i, more) => ({ type: "scatter", mode: x.length < 100 ? "lines+markers" : "lines", x, y: frame(y, i), marker: { size: 4 },
      hovertemplate: `%{x:.4g}: ${picture.name} = %{y:.6g}<extra></extra>`, ...more });
    const traces = [trace(0, { line: { color: "#8a939c", width: 1, dash: "dot" }, hoverinfo: "skip", hovertemplate: undefined }),
      trace(0, { line: { color: data.colors[index], width: 2 } })];
    const how = layout(picture.x_title, picture.name);
    Object.assign(how.yaxis, { type: picture.y_log ? "log" : "linear", range: picture.limits });
    Object.assign(how.xaxis, { type: picture.x_log ? "log" : "linear" });
    beginnings.push(() => draw(made.box, traces, how));
    const cursor = picture.map && times.length > 1 ? heat(parent, picture, title, x, y, times) : () => {};
    return async (i) => { await Plotly.restyle(made.box, { y: [frame(y, i)] }, [1]); await cursor(i); };
  }

  function heat(parent, picture, title, x, y, times) {
    const made = figure(parent, `${title}, all times`, "", false);
    const lowest = picture.y_log ? picture.limits[0] : -Infinity;
    const shown = (value) => (picture.y_log ? Math.max(Math.log10(value), lowest) : value);
    const z = Array.from(x, (_, j) => times.map((_, i) => { const v = frame(y, i)[j]; return Number.isNaN(v) ? null : shown(v); }));
    const label = picture.y_log ? `log₁₀ ${picture.name}` : picture.name;
    const trace = { type: "heatmap", x: times, y: x, z, colorscale: data.scale.map((hex, i) => [i / (data.scale.length - 1), hex]),
      colorbar: { title: { text: label }, thickness: 12 }, hovertemplate: `t = %{x:.4g}, %{y:.4g}: ${label} = %{z:.4g}<extra></extra>` };
    const line = (t) => [{ type: "line", x0: t, x1: t, yref: "paper", y0: 0, y1: 1, line: { color: "#d55e00", width: 2 } }];
    const how = layout("time t", picture.x_title, { shapes: line(times[0]) });
    how.yaxis.type = picture.x_log ? "log" : "linear";
    beginnings.push(() => draw(made.box, [trace], how));
    return (i) => Plotly.relayout(made.box, { shapes: line(times[i]) });
  }

  function nonePicture(parent, picture, title) {
    const made = figure(parent, title, picture.note, false);
    made.box.remove();
    return async () => {};
  }

  const KINDS = { sphere: spherePicture, line: linePicture, none: nonePicture };

  // time

  const times = [...new Set(data.records.flatMap((record) => record.times))].sort((a, b) => a - b);
  const slider = document.getElementById("time");
  const shownTime = document.getElementById("now");
  const runs = document.getElementById("run");
  let playing = false;

  function nearest(list, t) {
    let best = 0;
    list.forEach((value, i) => { if (Math.abs(value - t) < Math.abs(list[best] - t)) best = i; });
    return best;
  }

  let busy = false;
  async function show() {
    const t = times[Number(slider.value)];
    shownTime.textContent = `t = ${short(t)}`;
    slider.setAttribute("aria-valuetext", `t = ${short(t)}`);
    if (busy) return;
    busy = true;
    await Promise.all(players.map(({ record, go }) => go(nearest(record.times, t))));
    busy = false;
    document.body.dataset.time = String(t);
    if (times[Number(slider.value)] !== t) await show();
  }

  function setPlaying(on) {
    playing = on;
    runs.textContent = on ? "■ stop" : "▶ play";
    runs.setAttribute("aria-pressed", String(on));
    if (on) {
      if (Number(slider.value) === times.length - 1) slider.value = "0";
      setTimeout(step, 0);
    }
  }

  async function step() {
    if (!playing) return;
    await show();
    if (Number(slider.value) >= times.length - 1) return setPlaying(false);
    setTimeout(() => { if (playing) { slider.value = String(Number(slider.value) + 1); step(); } }, Math.max(60, 4000 / times.length));
  }

  function move(by) {
    slider.value = String(Number(slider.value) + by);
    show();
  }

  function keys(event) {
    const where = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || where.closest("button, a, summary, input")) return;
    if (event.key === " ") setPlaying(!playing);
    else if (event.key === "ArrowRight") move(1);
    else if (event.key === "ArrowLeft") move(-1);
    else return;
    event.preventDefault();
  }

  // curves

  function curve(parent, one) {
    const made = figure(parent, one.title, one.text, false);
    const several = data.records.length > 1;
    const dashes = ["solid", "dashdot", "dot"];
    const kinds = [];
    const traces = one.traces.map((trace) => {
      if (!trace.predicted && trace.label && !kinds.includes(trace.label)) kinds.push(trace.label);
      const kind = Math.max(trace.predicted ? kinds.length - 1 : kinds.indexOf(trace.label), 0);
      const shade = data.colors[(several ? trace.record : kind) % data.colors.length];
      const name = [several ? data.records[trace.record].name : "", trace.label].filter(Boolean).join(": ") || one.title;
      const line = trace.predicted ? { color: several || kinds.length ? shade : PREDICTED, width: 1.5, dash: "dash" } : { color: shade, width: 2, dash: several ? dashes[kind % 3] : "solid" };
      return { type: "scatter", mode: "lines", x: decode(trace.x).values, y: decode(trace.y).values, name: escape(name), line,
        hovertemplate: `${escape(name)}<br>t = %{x:.5g}: %{y:.6g}<extra></extra>` };
    });
    const named = several || traces.length > 1;
    const how = layout("time t", one.unit === "1" ? one.title : `${one.title} (${one.unit})`, {
      showlegend: named, legend: { orientation: "h", y: -0.28, yanchor: "top", font: { size: 10 } } });
    how.yaxis.type = one.log ? "log" : "linear";
    if (named) made.box.style.flexBasis = `${280 + 18 * traces.length}px`;
    const bulk = one.name === "rates" ? middle(traces) : null;
    if (bulk) how.yaxis.range = bulk;
    later(made.box, () => draw(made.box, traces, how));
    const label = (type) => (type === "log" ? "linear" : "log");
    button(made.caption, label(how.yaxis.type), (self) => {
      if (!made.box.layout) return;
      const type = label(made.box.layout.yaxis.type);
      self.textContent = label(type);
      Plotly.relayout(made.box, { "yaxis.type": type, "yaxis.autorange": true });
    });
  }

  function middle(traces) {
    const all = traces.flatMap((trace) => Array.from(trace.y)).filter(Number.isFinite).sort((a, b) => a - b);
    if (all.length < 50) return null;
    const [low, high] = [all[Math.floor(0.02 * all.length)], all[Math.floor(0.98 * all.length)]];
    const room = 0.1 * (high - low || 1);
    return [Math.min(0, low) - room, high + room];
  }

  // plotly reads a little markup in labels
  function escape(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  // begin

  const pictures = document.getElementById("pictures");
  data.records.forEach((record, index) => {
    record.pictures.forEach((picture) => {
      const title = data.records.length > 1 ? `${record.name}: ${picture.title}` : picture.title;
      players.push({ record, go: KINDS[picture.kind](pictures, picture, title, index, record.times) });
    });
    if (record.note) {
      const note = document.createElement("p");
      note.className = "quiet";
      note.textContent = `${record.name}: ${record.note}.`;
      pictures.before(note);
    }
  });
  beginnings.forEach((act) => act());
  data.curves.forEach((one) => curve(document.getElementById("curves"), one));
  slider.max = String(times.length - 1);
  slider.addEventListener("input", show);
  runs.addEventListener("click", () => setPlaying(!playing));
  document.addEventListener("keydown", keys);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const recolor = () => plots.forEach((box) => Plotly.relayout(box, looks()));
  dark.addEventListener("change", recolor);
  document.getElementById("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
    recolor();
  });
  show();
})();
