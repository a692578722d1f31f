"""Reshaping layers: reshape, flatten, permute, pad, crop, upsample."""

from nbkeras.layers.reshaping.padding import Cropping1D as Cropping1D
from nbkeras.layers.reshaping.padding import Cropping2D as Cropping2D
from nbkeras.layers.reshaping.padding import Cropping3D as Cropping3D
from nbkeras.layers.reshaping.padding import ZeroPadding1D as ZeroPadding1D
from nbkeras.layers.reshaping.padding import ZeroPadding2D as ZeroPadding2D
from nbkeras.layers.reshaping.padding import ZeroPadding3D as ZeroPadding3D
from nbkeras.layers.reshaping.reshape import Flatten as Flatten
from nbkeras.layers.reshaping.reshape import Permute as Permute
from nbkeras.layers.reshaping.reshape import RepeatVector as RepeatVector
from nbkeras.layers.reshaping.reshape import Reshape as Reshape
from nbkeras.layers.reshaping.reshape import UpSampling1D as UpSampling1D
from nbkeras.layers.reshaping.reshape import UpSampling2D as UpSampling2D
from nbkeras.layers.reshaping.reshape import UpSampling3D as UpSampling3D
