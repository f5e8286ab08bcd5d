// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal.build;

import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer.APILanguage;
import org.bytedeco.tensorrt.nvinfer.IInt8MinMaxCalibrator;
import org.jspecify.annotations.Nullable;

/// `nvinfer1::IInt8MinMaxCalibrator`, implemented by [Calibrators].
@SuppressWarnings("deprecation") // removed in TensorRT 11, required on 10
final class MinMaxCalibrator extends IInt8MinMaxCalibrator {
  private final Calibrators answers;

  MinMaxCalibrator(Calibrators answers) {
    this.answers = answers;
  }

  /// The inherited method would call itself through native code until the stack overflows.
  @Override
  public APILanguage getAPILanguage() {
    return APILanguage.kCPP;
  }

  @Override
  public int getBatchSize() {
    return answers.batchSize();
  }

  @Override
  @SuppressWarnings("rawtypes") // as the bindings declare it
  public boolean getBatch(PointerPointer bindings, PointerPointer names, int count) {
    return answers.batch(bindings, names, count);
  }

  @Override
  public @Nullable Pointer readCalibrationCache(LongPointer length) {
    return answers.readCache(length);
  }

  @Override
  public void writeCalibrationCache(Pointer text, long length) {
    answers.writeCache(text, length);
  }
}
