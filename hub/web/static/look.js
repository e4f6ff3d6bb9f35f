// Lets the map of a release be moved, and its charts be kept as PNG. Only the hub's own shapes; without it the drawing stays.
import { LngLatBounds, Map, NavigationControl, Popup, ScaleControl, setWorkerUrl } from "MAPLIBRE";

setWorkerUrl(new URL("MAPWORKER", location.href).href);
const place = document.getElementById("map");
if (place) {
  fetch(place.dataset.shapes).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then(show);
}

function show(found) {
  const bounds = new LngLatBounds();
  for (const one of found.features) {
    for (const corner of one.geometry.coordinates.flat(one.geometry.type === "Polygon" ? 1 : 0)) {
      bounds.extend(corner);
    }
  }
  place.hidden = false;
  document.getElementById("map-legend").hidden = false;
  document.getElementById("drawing-places").hidden = true;
  const map = new Map({
    container: place,
    attributionControl: false,
    cooperativeGestures: true,
    bounds,
    fitBoundsOptions: { padding: 20 },
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#f3f2f1" } }] },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl());
  map.on("load", () => {
    map.addSource("shapes", { type: "geojson", data: found });
    const counted = ["has", "rows"];
    map.addLayer({ id: "fill", type: "fill", source: "shapes", filter: counted, paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.85 } });
    map.addLayer({ id: "edge", type: "line", source: "shapes", filter: counted, paint: { "line-color": ["case", ["get", "hot"], "#d4351c", "#0b0c0c"], "line-width": ["case", ["get", "hot"], 3, 0.4] } });
    map.addLayer({ id: "around", type: "line", source: "shapes", filter: ["!", counted], paint: { "line-color": "#505a5f", "line-width": 1 } });
    map.on("click", "fill", (event) => {
      new Popup().setLngLat(event.lngLat).setText(event.features[0].properties.words).addTo(map);
    });
    map.on("mousemove", "fill", () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", "fill", () => { map.getCanvas().style.cursor = ""; });
  });
}

for (const link of document.querySelectorAll("[data-picture]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "hub-link";
  button.textContent = link.dataset.picture;
  button.addEventListener("click", () => keep(link));
  link.after(", ", button);
}

function keep(link) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth * 2, picture.naturalHeight * 2];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((content) => {
      const made = document.createElement("a");
      made.href = URL.createObjectURL(content);
      made.download = link.dataset.file;
      made.click();
      setTimeout(() => URL.revokeObjectURL(made.href), 10000);
    }, "image/png");
  });
  picture.src = link.href;
}
