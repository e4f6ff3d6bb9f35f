// Draws the candidates beside their table: the hub's own boundaries, nothing from another site. Without it the table stays.
import { Map, Marker, NavigationControl, LngLatBounds, setWorkerUrl } from "MAPLIBRE";

setWorkerUrl(new URL("MAPWORKER", location.href).href);
const place = document.getElementById("map");
const candidates = JSON.parse(place.dataset.candidates);
const bounds = new LngLatBounds();
for (const one of candidates.slice(0, 5)) {
  bounds.extend([one.lon, one.lat]);
}
for (const point of candidates[0].ring) {
  bounds.extend(point);
}
place.hidden = false;
const map = new Map({
  container: place,
  attributionControl: false,
  bounds,
  fitBoundsOptions: { padding: 50, maxZoom: 16 },
  style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#f3f2f1" } }] },
});
map.addControl(new NavigationControl({ showCompass: false }));
map.on("load", () => {
  for (const [kind, colour, width] of [["ward", "#b1b4b6", 1], ["district", "#505a5f", 2]]) {
    map.addSource(kind, { type: "geojson", data: new URL(`/places/areas/${kind}`, location.href).href });
    map.addLayer({ id: kind, type: "line", source: kind, paint: { "line-color": colour, "line-width": width } });
  }
  const rings = candidates.map((one) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [one.ring] } }));
  map.addSource("rings", { type: "geojson", data: { type: "FeatureCollection", features: rings } });
  map.addLayer({ id: "rings", type: "fill", source: "rings", paint: { "fill-color": "#1d70b8", "fill-opacity": 0.12 } });
  map.addLayer({ id: "edges", type: "line", source: "rings", paint: { "line-color": "#1d70b8", "line-width": 1 } });
});
for (const one of [...candidates].reverse()) {
  const mark = document.createElement("div");
  mark.className = one.number === 1 ? "hub-mark hub-mark--first" : "hub-mark";
  mark.textContent = one.number;
  mark.title = one.words;
  new Marker({ element: mark }).setLngLat([one.lon, one.lat]).addTo(map);
}
