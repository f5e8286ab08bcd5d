// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import dev.quench.trt.internal.CallbackFailure;
import java.util.function.BooleanSupplier;

/// The data and the state behind a calibrator's callbacks.
///
/// @param feed borrowed
/// @param failure receives failures; shared by the whole build, so its next step stops
/// @param cancelled polled before each batch
public record CalibratorSource(
    CalibrationFeed feed, CallbackFailure failure, BooleanSupplier cancelled) {}
