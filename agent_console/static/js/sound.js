// The ringing tone of the page, off until the agent turns it on; the phone rings by itself.

import { at } from "./page.js";

let context = null;
let ringing = 0;

const box = at("sound");
box.checked = localStorage.getItem("sound") === "on";
box.addEventListener("change", () => {
  localStorage.setItem("sound", box.checked ? "on" : "off");
  if (box.checked) beep(0.15);
});

function beep(seconds) {
  context ??= new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = 450; // the ringing tone of GB/T 3384, 450 Hz
  volume.gain.value = 0.08;
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + seconds);
}

export function ringOnce() {
  if (Date.now() - ringing < 4000) return;
  ringing = Date.now();
  beep(1);
}
