"""Recurrent layers, and the cells that compute one step."""

from nbkeras.layers.recurrent.bidirectional import Bidirectional as Bidirectional
from nbkeras.layers.recurrent.conv_lstm import ConvLSTM1D as ConvLSTM1D
from nbkeras.layers.recurrent.conv_lstm import ConvLSTM2D as ConvLSTM2D
from nbkeras.layers.recurrent.conv_lstm import ConvLSTM3D as ConvLSTM3D
from nbkeras.layers.recurrent.gru import GRU as GRU
from nbkeras.layers.recurrent.gru import GRUCell as GRUCell
from nbkeras.layers.recurrent.lstm import LSTM as LSTM
from nbkeras.layers.recurrent.lstm import LSTMCell as LSTMCell
from nbkeras.layers.recurrent.rnn import RNN as RNN
from nbkeras.layers.recurrent.simple_rnn import SimpleRNN as SimpleRNN
from nbkeras.layers.recurrent.simple_rnn import SimpleRNNCell as SimpleRNNCell
from nbkeras.layers.recurrent.stacked import StackedRNNCells as StackedRNNCells
