// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.converter.DeclaredPreprocessing;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.data.image.Preprocessing;
import dev.quench.graph.Model;
import dev.quench.pipeline.ModelInputs;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SkippedFile;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The options that name data and say how much of it to use.
@OptionGroup("Data")
public final class DataOptions {
  private static final int SKIPPED_SHOWN = 20;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      converter = Converter.class,
      description = {
        "What to run on: demo (the bundled 10,000 test images), demo-train (the bundled 5,000 training images), "
            + "idx:DIR (IDX files as of MNIST; or idx:FILE for one images file), cifar10:DIR, svhn:DIR, images:DIR (images, or one folder "
            + "a class), images:FILE or images:DIR,labels=FILE (lines or CSV of an image and its class), segmentation:DIR (images and masks), coco:FILE (boxes), text:DIR (images and their texts), "
            + "npy:NAME=FILE,... (one array an input, samples along the first axis, class labels as labels=FILE), npz:FILE, "
            + "random:SHAPE (noise, samples first, such as random:64x1x28x28, or random:NAME=SHAPE,...; results are stamped "
            + "uncalibrated)."
      })
  private @Nullable DataSpec data;

  @Option(
      names = {"--samples", "--limit"},
      paramLabel = "N",
      description =
          "Use N samples only, chosen by --seed: from each class in proportion and at least one, where classes are known.")
  private @Nullable Long samples;

  @Option(
      names = "--first",
      paramLabel = "N",
      description =
          "Use the first N samples only; a folder of classes lists one class after another.")
  private @Nullable Long first;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of random data and of --samples; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--preprocess",
      paramLabel = "FILE|PRESET",
      description =
          "Declares how images become inputs: decode, resize, crop, mean, std, layout (JSON), or one of "
              + DeclaredPreprocessing.PRESETS
              + "; recorded in tables and reports.")
  private @Nullable Path preprocess;

  @Option(
      names = "--skip-damaged",
      description = "Skip images that cannot be read, and name them; default: stop at the first.")
  private boolean skipDamaged;

  @Option(
      names = "--value",
      paramLabel = "NAME=N",
      description =
          "A constant for an input of the model, such as a sampling rate; the data need not hold that input.")
  private Map<String, String> values = Map.of();

  @Option(
      names = "--label-offset",
      paramLabel = "K",
      description =
          "Add K to each class index of the data, for a model that counts its classes differently: 1 if its class 0 is the background. Classes then match by position, not by name.")
  private @Nullable Integer labelOffset;

  @Mixin private BatchAxisOption batchAxis;

  @Mixin private NormalizationOptions normalization;

  public boolean isGiven() {
    return data != null;
  }

  public long seed() {
    return seed;
  }

  /// Opens the data for `model`, having checked that they fit its inputs.
  ///
  /// @param training which part of an IDX folder with both is meant
  /// @throws picocli.CommandLine.ParameterException if `--data` is missing, or `--samples` or
  ///   `--first` is below 1
  public Dataset open(Model model, boolean training, QuenchCommand command) throws IOException {
    if (data == null) {
      throw command.wrongUsage("give --data; expected " + DataSpec.KNOWN);
    }
    if (samples != null && first != null) {
      throw command.wrongUsage("give --samples or --first, not both");
    }
    if (samples != null && samples < 1) {
      throw command.wrongUsage("--samples must be 1 or more, got " + samples);
    }
    if (first != null && first < 1) {
      throw command.wrongUsage("--first must be 1 or more, got " + first);
    }
    List<TensorSpec> inputs = ModelInputs.of(model).specs();
    Optional<Preprocessing> declared = DeclaredPreprocessing.find(preprocess);
    Dataset all =
        new DataOpener(
                inputs,
                InputValues.of(inputs, values),
                batchAxis.said(inputs),
                normalization.normalization(model),
                declared,
                skipDamaged,
                ModelClassNames.of(model),
                labelOffset == null ? OptionalInt.empty() : OptionalInt.of(labelOffset),
                seed)
            .open(data, training);
    List<SkippedFile> skipped = all.skipped();
    for (SkippedFile each : skipped.subList(0, Math.min(skipped.size(), SKIPPED_SHOWN))) {
      command.note("skipped " + each.reason());
    }
    if (skipped.size() > SKIPPED_SHOWN) {
      command.note("skipped %d files in all".formatted(skipped.size()));
    }
    Dataset used =
        first != null ? all.limit(first) : samples != null ? all.sample(samples, seed) : all;
    InputFit.check(used, model);
    command.detail("data: %s, %d samples".formatted(used.description(), used.size()));
    used.preprocessing().ifPresent(chosen -> command.detail("preprocessing: " + chosen));
    if (used.isRandom()) {
      command.note("warning: the data are random; everything made from them is uncalibrated");
    }
    return used;
  }

  /// Warns if data that were opened for one model would be normalized otherwise for another.
  public void noteOtherPixels(ModelFile opened, ModelFile other, QuenchCommand command) {
    if (data == null || !data.isNormalizedByModel()) {
      return;
    }
    String used = normalization.normalization(opened.model()).toString();
    String declared = normalization.normalization(other.model()).toString();
    if (!used.equals(declared)) {
      command.note(
          "warning: %s reads pixels with %s, as %s declares; its own metadata say %s. Evaluate it alone, or give --mean, --std and --scale"
              .formatted(other.name(), used, opened.name(), declared));
    }
  }

  /// At most `count` of the samples, chosen as the options say.
  public Dataset atMost(Dataset opened, long count) {
    return first != null ? opened.limit(count) : opened.sample(count, seed);
  }

  /// One set of noise for inputs whose dimensions are settled.
  public Map<String, Tensor> noise(List<TensorSpec> declared, List<TensorSpec> settled) {
    return SeededInputs.of(settled, batchAxis.of(declared), InputValues.of(settled, values), seed);
  }

  /// Turns other text into wrong usage.
  static final class Converter implements ITypeConverter<DataSpec> {
    @Override
    public DataSpec convert(String text) {
      try {
        return DataSpec.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }
}
