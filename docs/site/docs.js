// The reference: Swagger UI over our own description, with the reader's own credential.

const BEARER = /^(mtr_pat_|eyJ)/;
// A bearer token is a person's own or a session's; operations may take only one of the two, and say which.
const SCHEMES = { apiKey: ["apiKey"], bearer: ["bearer", "session"] };

/** What the form has; in memory only. `scheme` is that of the description which the key belongs to. */
const credential = { scheme: "", restaurant: "" };

/** Operations whose words contain all words of the filter; Swagger UI's own filter knows tags only. */
function matching(taggedOperations, phrase) {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (operation, tag) => {
    const details = operation.get("operation");
    const text = [tag, operation.get("method"), operation.get("path"), details.get("operationId"), details.get("summary")].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return taggedOperations
    .map((group, tag) => group.set("operations", group.get("operations").filter((operation) => matches(operation, tag))))
    .filter((group) => group.get("operations").size > 0);
}

/** One way to give a credential: the form at the top. */
const plugin = () => ({
  fn: { opsFilter: matching },
  wrapComponents: {
    authorizeBtn: () => () => null,
    authorizeOperationBtn: () => () => null,
    ServersContainer: () => () => null,
    InfoUrl: () => () => null,
  },
});

/** Adds what the form has and the operation's own fields have not. */
function complete(request) {
  if (new URL(request.url, location.href).origin !== location.origin) return request;
  request.credentials = "same-origin";
  const names = Object.keys(request.headers).map((name) => name.toLowerCase());
  const isForRestaurants = /\/api\//.test(request.url) && !request.loadSpec;
  if (isForRestaurants && credential.restaurant && !names.includes("x-restaurant-id")) request.headers["X-Restaurant-Id"] = credential.restaurant;
  return request;
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();

  const ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#reference",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [plugin],
    layout: "BaseLayout",
    deepLinking: true,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    filter: true,
    persistAuthorization: false,
    requestInterceptor: complete,
    syntaxHighlight: { activated: true, theme: "nord" },
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      document.body.dataset.ready = "true";
      const filter = document.querySelector(".operation-filter-input");
      if (filter) Object.assign(filter, { placeholder: "Find an operation: send message, usage, /bots …", ariaLabel: "Find an operation" });
    },
  });

  const form = document.getElementById("credential");
  const key = document.getElementById("key");
  const restaurant = document.getElementById("restaurant");
  const state = document.getElementById("credential-state");

  const choose = (value) => {
    if (credential.scheme) ui.authActions.logout(SCHEMES[credential.scheme]);
    credential.scheme = value && (BEARER.test(value) ? "bearer" : "apiKey");
    if (value) SCHEMES[credential.scheme].forEach((scheme) => ui.preauthorizeApiKey(scheme, value));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = key.value.trim();
    choose(value);
    credential.restaurant = restaurant.value.trim();
    const where = credential.scheme === "bearer" ? "Authorization: Bearer" : "X-API-Key";
    const what = value ? `The next requests carry it in ${where}` : "The next requests carry no credential";
    state.textContent = what + (credential.restaurant ? `, with X-Restaurant-Id ${credential.restaurant}.` : ".");
  });
  form.addEventListener("reset", () => {
    choose("");
    credential.restaurant = "";
    state.textContent = "Forgotten.";
  });
}

start();
