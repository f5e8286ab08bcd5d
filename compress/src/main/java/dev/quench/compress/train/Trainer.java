// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import dev.quench.compress.train.distill.Distillation;
import dev.quench.compress.train.distill.Teacher;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.program.Parameter;
import dev.quench.compress.train.program.Parameters;
import dev.quench.compress.train.program.Program;
import dev.quench.compress.train.program.ProgramOptions;
import dev.quench.compress.train.quantize.CodebookTraining;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.OptimizerState;
import dev.quench.compress.train.run.OutputClasses;
import dev.quench.compress.train.run.Run;
import dev.quench.compress.train.run.Samples;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingLoss;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.train.update.ParameterRules;
import dev.quench.compress.train.update.UpdateRules;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.util.Optional;

/// Trains the weights of a model on labelled data with libtorch; of layers of words and codes the
/// words, see [CodebookTraining].
///
/// The result is the model after the last epoch or, by
/// [Validation][dev.quench.compress.train.run.Validation], after the best on samples held back from
/// training; no test set takes part. One seed reproduces the same bits on the same number of
/// threads. Not thread-safe; all trainers of a process share libtorch's number of threads.
public final class Trainer {
  private record Teaching(Model teacher, Distillation distillation) {}

  private final TrainingOptions options;
  private final TrainingListener listener;
  private final Optional<Teaching> teaching;

  public Trainer(TrainingOptions options, TrainingListener listener) {
    this(options, listener, Optional.empty());
  }

  private Trainer(TrainingOptions options, TrainingListener listener, Optional<Teaching> teaching) {
    this.options = options;
    this.listener = listener;
    this.teaching = teaching;
  }

  /// The same trainer, of networks that learn from a teacher too.
  ///
  /// @param teacher trained, with the classes and the input of the network to train; not edited
  /// @throws IllegalArgumentException unless the loss is cross-entropy, which takes logits as soft
  ///   targets do
  public Trainer withTeacher(Model teacher, Distillation distillation) {
    if (options.objective().loss() != Loss.CROSS_ENTROPY) {
      throw new IllegalArgumentException(
          "distillation needs the cross-entropy loss, got " + options.objective().loss());
    }
    return new Trainer(options, listener, Optional.of(new Teaching(teacher, distillation)));
  }

  /// Trains, starting from the weights of the model.
  ///
  /// @param model one input `[N, …]`, first output `[N, classes]`; not edited
  /// @param data with class labels; all of it is held in memory
  /// @throws TrainingException if the loss becomes NaN, or the network has nothing to train
  /// @throws dev.quench.graph.UnsupportedOperatorException if the trainer does not support a node;
  ///   names it and the supported operators
  /// @throws dev.quench.run.dataset.DataException if labels are missing or out of range
  /// @throws dev.quench.run.BackendException if libtorch is not available, or the processor cannot
  ///   convolve bfloat16 where that is asked for
  /// @throws dev.quench.run.StoppedException if the process was asked to end; training stops after
  ///   a step
  /// @throws IOException if the data cannot be read
  public TrainingResult train(Model model, Dataset data) throws IOException {
    return train(model, data, Optional.empty());
  }

  /// Resumes from a checkpoint. The result is bit-identical to that of uninterrupted training.
  ///
  /// @param model the model that the training started with
  /// @throws TrainingException if the checkpoint belongs to another network, other data or other
  ///   options
  public TrainingResult resume(Model model, Dataset data, Checkpoint checkpoint)
      throws IOException {
    return train(model, data, Optional.of(checkpoint));
  }

  private TrainingResult train(Model model, Dataset data, Optional<Checkpoint> checkpoint)
      throws IOException {
    LibTorch.require(options.execution().device());
    LibTorch.require(options.compute(), options.execution().device());
    LibTorch.setThreads(options.threads());
    Model trained = model.copy();
    String settings = settings(model);
    if (teaching.isEmpty()) {
      return train(trained, data, settings, checkpoint, Optional.empty());
    }
    Teaching by = teaching.get();
    try (Teacher teacher =
        Teacher.of(
            by.teacher(),
            trained,
            by.distillation(),
            options.execution().device(),
            options.seed())) {
      TrainingResult result = train(trained, data, settings, checkpoint, Optional.of(teacher));
      teacher.detach();
      return result;
    }
  }

  private TrainingResult train(
      Model trained,
      Dataset data,
      String settings,
      Optional<Checkpoint> checkpoint,
      Optional<Teacher> teacher)
      throws IOException {
    TrainingLoss loss = new TrainingLoss(options.objective(), teacher, options.compute());
    ProgramOptions compiled =
        new ProgramOptions(
            options.objective().loss() == Loss.CROSS_ENTROPY,
            loss.taps(),
            options.parameters().frozen(),
            options.execution().device());
    CodebookTraining codebooks = CodebookTraining.begin(trained);
    try (Program program = Program.compile(trained, compiled);
        OptimizerState optimizer = new OptimizerState(options.optimizer(), program.parameters());
        UpdateRules rules =
            new UpdateRules(program.parameters(), options.regularization(), options.parameters())) {
      requireTrainable(program.parameters());
      Samples samples = Samples.read(data, program.input().name(), OutputClasses.of(trained));
      Run run = new Run(program, optimizer, rules, loss, samples, data.digest(), settings, options);
      checkpoint.ifPresent(run::restore);
      run.execute(listener);
      program.parameters().store();
      codebooks.end();
      return new TrainingResult(trained, run.epochs(), run.keptEpoch());
    }
  }

  /// All that a checkpoint must agree with, besides the form of the network and the data.
  private String settings(Model start) {
    return options.fingerprint()
        + ", start at model "
        + ModelDigest.of(start)
        + teaching
            .map(by ->
                ", %s of teacher %s".formatted(by.distillation(), ModelDigest.of(by.teacher())))
            .orElse("");
  }

  private void requireTrainable(Parameters parameters) {
    if (parameters.trained() == 0) {
      throw new TrainingException(
          options.parameters().equals(ParameterRules.NONE)
              ? "the model has nothing to train: its first output depends on no float weights"
              : "the model has nothing to train: all its parameters are frozen");
    }
    if (options.regularization().sparsity() > 0 && parameters.elements(Parameter.Role.SCALE) == 0) {
      throw new TrainingException(
          "sparse training shrinks the scales of BatchNormalization, and the network has none to train; use a network before its BatchNormalizations were fused");
    }
  }
}
