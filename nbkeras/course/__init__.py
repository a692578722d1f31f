"""The commands of `nbkeras`: tutorial, lab, grade and doctor."""
