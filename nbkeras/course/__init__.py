"""The commands of `nbkeras`: tutorial, lab and doctor."""
