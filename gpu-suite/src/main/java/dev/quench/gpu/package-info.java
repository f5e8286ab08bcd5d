// SPDX-License-Identifier: Apache-2.0

/// Runs what is to be learnt on a GPU, step by step, within a budget of time: the order of the
/// steps ([SuiteStep]), their processes and the archive of results. Started by the script
/// `gpu-suite/run`.
///
/// `gpu-suite/run --prepare FOLDER` makes a folder that needs nothing but Java, CUDA and TensorRT:
///
/// | path | holds |
/// |---|---|
/// | `run` | the script; `FOLDER/run --budget 8m --out RESULTS` |
/// | `xnor/*.jar` | this program and the part XNOR, which needs no TensorRT: its kernels, tests and benchmark, JUnit |
/// | `lib/*.jar` | the rest: the TensorRT runtime with its tests, ONNX Runtime |
/// | `models/*.onnx` | the networks, as they are and quantized |
/// | `data/` | Fashion-MNIST in IDX files |
/// | `references/` | calibration tables, inputs, and what ONNX Runtime computed of them on the CPU |
///
/// `run` and `xnor/` alone are enough for the step `binary`, so that it can run while the rest is
/// still on its way; the class path is `xnor/*:lib/*`. Results go to `--out`, else to `$RESULTS`:
/// `gpu-STEP.json` and TensorRT's log `gpu-STEP.log` for each step, `machine.json`, and all of it
/// as `results.tgz`, renewed every ten seconds.
@NullMarked
package dev.quench.gpu;

import org.jspecify.annotations.NullMarked;
