"use strict";
// All of a study's page stands in it as text: only its colours are chosen here.
pageTheme.start();
