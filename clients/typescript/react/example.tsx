// A page with the view: `esbuild --bundle react/example.tsx`. The page says who asks: <div id="usage" data-api-key="…">.
import { createRoot } from "react-dom/client";
import { UsageApiClient } from "../src/index.js";
import { UsageView } from "./UsageView.js";

const place = document.getElementById("usage");
if (place) {
  const { pat, apiKey, restaurantId, pageSize, locale } = place.dataset;
  const client = new UsageApiClient(location.origin, pat, apiKey, restaurantId);
  createRoot(place).render(<UsageView client={client} pageSize={Number(pageSize ?? 20)} locale={locale} />);
}
