// Shows the description of the REST interface with Swagger UI; everything comes from this site.
"use strict";

const place = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  // Tokens stay in the page: nothing is kept in the browser, and nobody outside is asked whether all is valid.
  persistAuthorization: false,
  validatorUrl: null,
  tryItOutEnabled: false,
});
