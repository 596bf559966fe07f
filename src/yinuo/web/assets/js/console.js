import { startCommon } from "./common.js";
import { startKeys } from "./keys.js";
import { startParts } from "./parts.js";

startCommon();
startParts();
startKeys();
