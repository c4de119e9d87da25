from .activation import (
    ELU,
    GELU,
    Flatten,
    HardThreshold,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .attention import MultiheadAttention
from .autoencoder import AutoEncoder, DenoisingAutoEncoder, SparseAutoEncoder
from .convolution import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from .decoding import beam_search, beams, greedy_search
from .dropout import Dropout, dropout, geometric_ensemble, thinned
from .embedding import Embedding, PositionalEncoding
from .feedforward import MLP, LogisticRegression, SoftmaxRegression, collapse, linear_network
from .flow import (
    AffineCoupling,
    Flow,
    InverseAutoregressiveFlow,
    MaskedAutoregressiveFlow,
    PlanarFlow,
    Reverse,
)
from .gan import GAN, gan_value, optimal_discriminator
from .image_metrics import box_iou, mask_iou
from .initialisation import initialize
from .linear import Linear, Sequential
from .loss import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss
from .made import MADE, MaskedLinear
from .metrics import accuracy, confusion_matrix, f1_score, precision, recall, roc_auc_score
from .module import Module, parameters, training
from .moments import backward_moments, forward_moments, keeping_variance
from .normalisation import BatchNorm1d, BatchNorm2d, LayerNorm, RMSNorm, running_statistics
from .optim.conjugate import conjugate_gradient, nonlinear_conjugate_gradient
from .optim.first_order import SGD, Adagrad, Adam, AdamW, RMSprop, adam_step, sgd_step
from .optim.gradients import clip_grad_norm, clip_grad_value, decay_weights, total_norm
from .optim.newton import exact_line_search, newton_step
from .optim.quasi_newton import bfgs, bfgs_update, lbfgs, lbfgs_direction
from .optim.schedules import cosine_annealing_lr, exponential_lr, step_lr
from .perceptron import Perceptron, novikoff_bound, perceptron_run, perceptron_step
from .pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
)
from .pytorch import from_torch
from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from .residual import Residual, ResidualMLP
from .seq2seq import AdditiveAttention, AttentionSeq2Seq, Seq2Seq
from .sizing import sizes
from .text_metrics import bleu, brevity_penalty, corpus_bleu, modified_precision, perplexity
from .transformer import (
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from .vae import VAE, BernoulliVAE, CategoricalVAE, FlowVAE

__all__ = [
    "ELU",
    "GAN",
    "GELU",
    "GRU",
    "LSTM",
    "MADE",
    "MLP",
    "RNN",
    "SGD",
    "VAE",
    "Adagrad",
    "Adam",
    "AdamW",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdditiveAttention",
    "AffineCoupling",
    "AttentionSeq2Seq",
    "AutoEncoder",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BernoulliVAE",
    "CategoricalVAE",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DenoisingAutoEncoder",
    "Dropout",
    "Embedding",
    "Flatten",
    "Flow",
    "FlowVAE",
    "GRUCell",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "HardThreshold",
    "HuberLoss",
    "Identity",
    "InverseAutoregressiveFlow",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogisticRegression",
    "MSELoss",
    "MaskedAutoregressiveFlow",
    "MaskedLinear",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "MultiheadAttention",
    "Perceptron",
    "PlanarFlow",
    "PositionalEncoding",
    "RMSNorm",
    "RMSprop",
    "RNNCell",
    "ReLU",
    "Residual",
    "ResidualMLP",
    "Reverse",
    "Seq2Seq",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxRegression",
    "Softplus",
    "Softsign",
    "SparseAutoEncoder",
    "Tanh",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "accuracy",
    "adam_step",
    "backward_moments",
    "beam_search",
    "beams",
    "bfgs",
    "bfgs_update",
    "bleu",
    "box_iou",
    "brevity_penalty",
    "clip_grad_norm",
    "clip_grad_value",
    "collapse",
    "confusion_matrix",
    "conjugate_gradient",
    "corpus_bleu",
    "cosine_annealing_lr",
    "decay_weights",
    "dropout",
    "exact_line_search",
    "exponential_lr",
    "f1_score",
    "forward_moments",
    "from_torch",
    "gan_value",
    "geometric_ensemble",
    "greedy_search",
    "initialize",
    "keeping_variance",
    "lbfgs",
    "lbfgs_direction",
    "linear_network",
    "mask_iou",
    "modified_precision",
    "newton_step",
    "nonlinear_conjugate_gradient",
    "novikoff_bound",
    "optimal_discriminator",
    "parameters",
    "perceptron_run",
    "perceptron_step",
    "perplexity",
    "precision",
    "recall",
    "roc_auc_score",
    "running_statistics",
    "sgd_step",
    "sizes",
    "step_lr",
    "thinned",
    "total_norm",
    "training",
]
