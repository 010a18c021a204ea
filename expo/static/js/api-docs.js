// The API's description, drawn by Swagger UI. Its settings stand here because no page carries inline script.
const place = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  supportedSubmitMethods: ["get", "post", "patch"],
  // A key alone counts here: what a session may do is done on pages, with their token against forgery.
  requestInterceptor: (request) => ({ ...request, credentials: "omit" }),
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
