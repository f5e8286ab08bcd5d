// SPDX-License-Identifier: Apache-2.0

/// What is to be learnt on a GPU, step by step, each step's result in a file of its own. Started by
/// the script `gpu-suite/run`.
///
/// `gpu-suite/run --prepare FOLDER` makes a folder that needs nothing but Java, CUDA and TensorRT:
///
/// | path | holds |
/// |---|---|
/// | `run` | the script; `FOLDER/run --budget 8m --out RESULTS` |
/// | `xnor/*.jar` | this program and the part XNOR, which needs no TensorRT: its kernels, tests and benchmark, JUnit |
/// | `lib/*.jar` | the rest: the TensorRT runtime with its tests |
/// | `models/` | the networks, quantized ones among them |
/// | `data/` | Fashion-MNIST in IDX files |
/// | `references/` | what ONNX Runtime computed on the CPU |
///
/// `run` and `xnor/` alone are enough for the steps of the part XNOR, so that they can start while
/// the rest is still on its way; the class path is `xnor/*:lib/*`. Results go to `--out`, else to
/// `$RESULTS`: `gpu-STEP.json` for each step.
@NullMarked
package dev.quench.gpu;

import org.jspecify.annotations.NullMarked;
