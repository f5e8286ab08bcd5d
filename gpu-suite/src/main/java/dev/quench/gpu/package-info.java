// SPDX-License-Identifier: Apache-2.0

/// Runs all measurements and tests that need a GPU, step by step, within a time budget: the order
/// of the steps ([SuiteStep]), their processes and the archive of results. The script
/// `gpu-suite/run` starts it.
///
/// `gpu-suite/run --prepare FOLDER` makes a folder that needs only Java, CUDA and TensorRT:
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
/// The step `binary` needs only `run` and `xnor/`, so it can run while the rest is still being
/// copied; the class path is `xnor/*:lib/*`. The results are written to `--out`, else to
/// `$RESULTS`: `gpu-STEP.json` and TensorRT's log `gpu-STEP.log` for each step, `machine.json`, and
/// an archive of all of them, `results.tgz`, renewed every ten seconds.
@NullMarked
package dev.quench.gpu;

import org.jspecify.annotations.NullMarked;
