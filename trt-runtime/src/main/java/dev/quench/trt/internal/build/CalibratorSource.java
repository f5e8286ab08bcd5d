// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.CallbackFailure;
import java.util.function.BooleanSupplier;

/// What a calibrator answers TensorRT from.
///
/// @param feed borrowed
/// @param failure gets what goes wrong; of the whole build, so that the next step of it stops
/// @param cancelled asked before each batch
public record CalibratorSource(
    CalibrationFeed feed, CallbackFailure failure, BooleanSupplier cancelled) {}
