import { startCommon } from "./common.js";
import { startKeys } from "./keys.js";
import { startParts } from "./parts.js";
import { startPictures } from "./picture.js";
import { startWriting } from "./writing.js";

startCommon();
startParts();
startKeys();
startPictures();
startWriting();
