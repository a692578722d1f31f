"""Names: conversion, safe display, lazy exports, and legacy names."""
