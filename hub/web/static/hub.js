// Everything works without this: it opens and closes the menu on a narrow screen and moves the focus to errors.
import { initAll } from "GOVUK_FRONTEND";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
